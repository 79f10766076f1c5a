//! Whose call it is.

mod accounts;

pub use accounts::{Accounts, AccountsError};

use std::error::Error;
use std::fmt;
use std::str::FromStr;

/// What kind of holder an [`Account`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum AccountKind {
    /// An account of the classic software: `account_1234`.
    Account,
    /// An environment of the Marketing Suite: `environment_1234`.
    Environment,
}

/// A customer of Copernica, as the `X-Copernica-ID` header names it.
///
/// Copernica signs the calls of all its customers with the same keys, so a signature proves
/// "this is Copernica" and only the account proves "this is about us".
///
/// A number is a `u64` where the kind is `account`:
///
/// ```
/// use webhook_core::Account;
///
/// let account: Account = "Account-1234".parse()?;
/// assert_eq!(account, Account::from(1234));
/// assert_eq!(account.to_string(), "account_1234");
/// assert_ne!(account, Account::environment(1234));
/// # Ok::<(), webhook_core::account::ParseAccountError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Account {
    kind: AccountKind,
    number: u64,
}

impl Account {
    /// Makes an account of the classic software: `account_N`.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self { kind: AccountKind::Account, number }
    }

    /// Makes an environment of the Marketing Suite: `environment_N`.
    #[must_use]
    pub const fn environment(number: u64) -> Self {
        Self { kind: AccountKind::Environment, number }
    }

    /// Returns whether it is an account or an environment.
    #[must_use]
    pub const fn kind(self) -> AccountKind {
        self.kind
    }

    /// Returns the number, which is unique within the kind only.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.number
    }
}

impl From<u64> for Account {
    fn from(number: u64) -> Self {
        Self::new(number)
    }
}

/// Reads `account_N`, `account-N`, `environment_N` or `environment-N`, letters in any case.
///
/// N is in decimal digits without a sign. Leading zeros are refused: a number has one spelling,
/// so two texts that look different never are the same account.
impl FromStr for Account {
    type Err = ParseAccountError;

    fn from_str(text: &str) -> Result<Self, ParseAccountError> {
        let (kind, digits) = text.split_once(['_', '-']).ok_or(ParseAccountError)?;
        let kind = if kind.eq_ignore_ascii_case("account") {
            AccountKind::Account
        } else if kind.eq_ignore_ascii_case("environment") {
            AccountKind::Environment
        } else {
            return Err(ParseAccountError);
        };
        // The parser of integers takes a plus sign.
        let decimal = digits.bytes().all(|byte| byte.is_ascii_digit());
        if !decimal || (digits.starts_with('0') && digits != "0") {
            return Err(ParseAccountError);
        }
        let number = digits.parse().map_err(|_| ParseAccountError)?;
        Ok(Self { kind, number })
    }
}

/// With an underscore, as in Copernica's own documentation of the header.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            AccountKind::Account => "account",
            AccountKind::Environment => "environment",
        };
        write!(f, "{kind}_{}", self.number)
    }
}

/// A text is no [`Account`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseAccountError;

impl fmt::Display for ParseAccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be account_N or environment_N, N a number without leading zeros")
    }
}

impl Error for ParseAccountError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_an_account_are_read() {
        let cases: &[(&str, Option<Account>)] = &[
            ("account_1234", Some(Account::new(1234))),
            ("account-1234", Some(Account::new(1234))),
            ("ACCOUNT_1234", Some(Account::new(1234))),
            ("Environment-7", Some(Account::environment(7))),
            ("environment_0", Some(Account::environment(0))),
            ("account_18446744073709551615", Some(Account::new(u64::MAX))),
            ("account_18446744073709551616", None),
            ("account_01234", None),
            ("account_00", None),
            ("account_+1234", None),
            ("account_-1234", None),
            ("account--1234", None),
            ("account__1234", None),
            ("account_", None),
            ("account", None),
            ("account1234", None),
            ("account 1234", None),
            (" account_1234", None),
            ("account_1234 ", None),
            ("account_1234\n", None),
            ("account_1234, account_5", None),
            ("account_12.0", None),
            ("account_0x10", None),
            ("account_١٢", None),
            ("accounts_1234", None),
            ("user_1234", None),
            ("_1234", None),
            ("1234", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse().ok(), *expected, "{text:?}");
        }
    }

    #[test]
    fn display_is_read_back() {
        for account in [Account::from(1234), Account::environment(0), Account::new(u64::MAX)] {
            assert_eq!(account.to_string().parse(), Ok(account));
        }
    }
}
