//! How a call proves its origin: the `Signature` header, what it covers, and what it says.
