//! Accounts that come and go while the receiver runs.

use super::support::*;
use webhook_core::account::AccountsError;
use webhook_core::signature::{Account, Check};
use webhook_core::{Accounts, BuildError, Receiver};

/// Returns a receiver without accounts but these.
fn receiver_of(accounts: &Accounts) -> Result<Receiver, BuildError> {
    Receiver::builder().accounts(accounts).host(HOST).keys(signer().keys()).clock(|| at(0)).build()
}

fn taken(receiver: &Receiver, account: impl Into<Account>, nonce: &str) -> bool {
    let call = call_of(&signer().account(account).nonce(nonce));
    match receive(receiver, call) {
        Ok(_) => true,
        Err(refused) => {
            assert_eq!(refused.check(), Some(Check::Account));
            assert_eq!(refused.to_response().status(), 401);
            false
        }
    }
}

#[test]
fn an_account_is_taken_from_add_to_remove() {
    let accounts = Accounts::new([1234]);
    let receiver = receiver_of(&accounts).unwrap();
    assert!(taken(&receiver, 1234, "a") && !taken(&receiver, 5678, "b"));

    assert_eq!(accounts.add(5678), Ok(true));
    assert_eq!(accounts.add(5678), Ok(false));
    assert!(taken(&receiver, 5678, "c"));
    // A number is unique within its kind only.
    assert!(!taken(&receiver, Account::environment(5678), "d"));

    assert!(accounts.remove(1234));
    assert!(!accounts.remove(1234));
    assert!(!taken(&receiver, 1234, "e") && taken(&receiver, 5678, "f"));
    assert_eq!(accounts.to_vec(), [Account::from(5678)]);
}

#[test]
fn all_are_replaced_at_a_time_and_never_by_none() {
    let accounts = Accounts::new([1234, 5678]);
    let receiver = receiver_of(&accounts.clone()).unwrap();
    accounts.replace([9, 5678, 9]).unwrap();
    assert!(!taken(&receiver, 1234, "a") && taken(&receiver, 5678, "b"));
    assert!(taken(&receiver, 9, "c"));

    let none: [Account; 0] = [];
    assert_eq!(accounts.replace(none), Err(AccountsError::Empty));
    assert_eq!(accounts.replace([0, 1]), Err(AccountsError::Zero));
    assert_eq!(accounts.add(0), Err(AccountsError::Zero));
    assert_eq!(accounts.to_vec(), [Account::from(9), Account::from(5678)]);
    assert_eq!(format!("{accounts:?}").matches("number").count(), 2);
}

#[test]
fn without_accounts_every_call_is_refused_and_nothing_is_built() {
    let accounts = Accounts::new([1234]);
    let receiver = receiver_of(&accounts).unwrap();
    assert!(accounts.remove(1234));
    assert!(!taken(&receiver, 1234, "a"));
    assert!(matches!(receiver_of(&accounts), Err(BuildError::NoAccount)));
    // A set that is empty is a mistake next to an account too.
    assert!(matches!(builder().accounts(&accounts).build(), Err(BuildError::NoAccount)));
    assert!(matches!(receiver_of(&Accounts::new([0])), Err(BuildError::Account)));

    accounts.add(1234).unwrap();
    assert!(taken(&receiver, 1234, "b"));
}

#[test]
fn an_account_of_the_builder_stays_and_sets_add_up() {
    let (one, other) = (Accounts::new([1]), Accounts::new([2]));
    let receiver = builder().accounts(&one).accounts(other).build().unwrap();
    assert!(one.remove(1));
    assert!(!one.remove(1234));
    assert!(taken(&receiver, 1234, "a") && taken(&receiver, 2, "b"));
    assert!(!taken(&receiver, 1, "c"));
}

#[test]
fn changes_from_many_threads_are_all_there() {
    let accounts = Accounts::new([1234]);
    let receiver = receiver_of(&accounts).unwrap();
    std::thread::scope(|scope| {
        for thread in 1..=4_u64 {
            let accounts = accounts.clone();
            scope.spawn(move || {
                for number in 0..100 {
                    accounts.add(thread * 10_000 + number).unwrap();
                }
            });
        }
        for nonce in 0..20 {
            assert!(taken(&receiver, 1234, &nonce.to_string()));
        }
    });
    assert_eq!(accounts.to_vec().len(), 401);
}
