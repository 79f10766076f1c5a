//! Deliveries that were seen already.
