//! Forged answers: what an on-path attacker may make of genuine ones.

use super::keys::{self, full};
use super::signed_server::{Forgery, World, error};
use super::zone::{Holds, Reply, Signer, dns_name, txt};
use hickory_server::proto::op::ResponseCode;
use hickory_server::proto::rr::rdata::NS;
use hickory_server::proto::rr::{Name, RData, Record, RecordType};
use std::sync::Arc;

/// Changes answers about the key `one`.
pub(crate) fn about_one(change: impl Fn(&World, &mut Reply) + Send + Sync + 'static) -> Forgery {
    let one = dns_name(&full("one"));
    about(one, RecordType::TXT, change)
}

pub(crate) fn about(
    of: Name,
    kind: RecordType,
    change: impl Fn(&World, &mut Reply) + Send + Sync + 'static,
) -> Forgery {
    Arc::new(move |world, name, queried, reply| {
        if *name == of && queried == kind {
            change(world, reply);
        }
    })
}

pub(crate) fn drop_signatures(records: &mut Vec<Record>) {
    records.retain(|record| record.record_type() != RecordType::RRSIG);
}

/// Signs the answer again.
fn sign_again(signer: &Signer, reply: &mut Reply, holds: Holds) {
    drop_signatures(&mut reply.answers);
    reply.answers.push(signer.sign(&reply.answers, holds, None));
}

/// Replaces the key by another.
pub(crate) fn put_in(reply: &mut Reply) {
    for record in &mut reply.answers {
        if matches!(record.data, RData::TXT(_)) {
            record.data = txt(&keys::record(4096));
        }
    }
}

/// Returns forged answers, none of which may result in a key or in a negative answer.
pub(crate) fn forgeries() -> Vec<(&'static str, Forgery)> {
    [forgeries_of_the_key(), forgeries_of_its_zone()].concat()
}

/// Returns forged answers about the key.
fn forgeries_of_the_key() -> Vec<(&'static str, Forgery)> {
    vec![
        ("another key", about_one(|_, reply| put_in(reply))),
        (
            "another key, no signature",
            about_one(|_, reply| {
                put_in(reply);
                drop_signatures(&mut reply.answers);
            }),
        ),
        (
            "another key, signed by an unknown key",
            about_one(|_, reply| {
                put_in(reply);
                sign_again(&Signer::of("copernica.com."), reply, Holds::Now);
            }),
        ),
        (
            "another key, signed by another zone",
            about_one(|world, reply| {
                put_in(reply);
                sign_again(world.zone("signed.example.").signer(), reply, Holds::Now);
            }),
        ),
        ("the key without a signature", about_one(|_, reply| drop_signatures(&mut reply.answers))),
        (
            "a signature that has ended",
            about_one(|world, reply| {
                sign_again(world.zone("copernica.com.").signer(), reply, Holds::Before);
            }),
        ),
        (
            "a signature that has not begun",
            about_one(|world, reply| {
                sign_again(world.zone("copernica.com.").signer(), reply, Holds::After);
            }),
        ),
        (
            "a record too many",
            about_one(|_, reply| {
                let mut more = reply.clone();
                put_in(&mut more);
                reply.answers.insert(0, more.answers[0].clone());
            }),
        ),
        (
            "another name's key",
            about_one(|world, reply| {
                let another = dns_name(&full("another"));
                let zone = world.zone("copernica.com.");
                reply.answers = zone.signed(&another, &another, RecordType::TXT);
            }),
        ),
        (
            "another name's key, under this name",
            about_one(|world, reply| {
                let another = dns_name(&full("another"));
                let zone = world.zone("copernica.com.");
                reply.answers = zone.signed(&another, &another, RecordType::TXT);
                for record in &mut reply.answers {
                    record.name = dns_name(&full("one"));
                }
            }),
        ),
        (
            "an alias without a signature",
            about_one(|world, reply| {
                let zone = world.zone("copernica.com.");
                let alias = dns_name(&full("alias"));
                reply.answers = zone.signed(&alias, &dns_name(&full("one")), RecordType::CNAME);
                drop_signatures(&mut reply.answers);
            }),
        ),
        ("an error", about_one(|_, reply| *reply = error())),
    ]
}

/// Returns forged answers about what should prove the key.
fn forgeries_of_its_zone() -> Vec<(&'static str, Forgery)> {
    let home = || dns_name("copernica.com.");
    vec![
        (
            "the zone's keys are another's",
            Arc::new(|_, name, kind, reply| {
                let other = Signer::of("copernica.com.");
                if *name == dns_name(&full("one")) && kind == RecordType::TXT {
                    put_in(reply);
                    sign_again(&other, reply, Holds::Now);
                }
                if *name == dns_name("copernica.com.") && kind == RecordType::DNSKEY {
                    reply.answers[0].data = other.dnskey();
                    sign_again(&other, reply, Holds::Now);
                }
            }),
        ),
        (
            "the zone's keys are missing",
            about(home(), RecordType::DNSKEY, |_, reply| *reply = error()),
        ),
        (
            "the zone's keys have no signature, nor has the key",
            Arc::new(|_, name, _, reply| {
                if dns_name("copernica.com.").zone_of(name) {
                    drop_signatures(&mut reply.answers);
                }
            }),
        ),
        (
            "the zone has no DS record",
            Arc::new(|_, name, kind, reply| {
                if *name == dns_name("copernica.com.") && kind == RecordType::DS {
                    reply.answers.clear();
                }
                if kind == RecordType::TXT {
                    put_in(reply);
                    drop_signatures(&mut reply.answers);
                }
            }),
        ),
        (
            "no proofs at all",
            Arc::new(|_, _, _, reply| {
                for records in [&mut reply.answers, &mut reply.authorities] {
                    records
                        .retain(|r| matches!(r.record_type(), RecordType::TXT | RecordType::SOA));
                }
            }),
        ),
    ]
}

/// Returns negative answers that are not proven.
pub(crate) fn denials() -> Vec<(&'static str, Forgery)> {
    let no = |reply: &mut Reply| {
        reply.code = ResponseCode::NXDomain;
        reply.answers.clear();
    };
    vec![
        ("no such name, and nothing else", about_one(move |_, reply| no(reply))),
        ("no record, and nothing else", about_one(|_, reply| reply.answers.clear())),
        (
            "no such name, with the SOA record",
            about_one(move |world, reply| {
                let home = dns_name("copernica.com.");
                no(reply);
                reply.authorities =
                    world.zone("copernica.com.").signed(&home, &home, RecordType::SOA);
            }),
        ),
        (
            "no such name, with the SOA record of a zone that is not signed",
            about_one(move |world, reply| {
                let home = dns_name("unsigned.example.");
                no(reply);
                reply.authorities =
                    world.zone("unsigned.example.").signed(&home, &home, RecordType::SOA);
            }),
        ),
        (
            "no record, with the SOA record of a zone that is not signed",
            about_one(|world, reply| {
                let home = dns_name("unsigned.example.");
                reply.answers.clear();
                reply.authorities =
                    world.zone("unsigned.example.").signed(&home, &home, RecordType::SOA);
            }),
        ),
        (
            "the proof about another name",
            about_one(move |world, reply| {
                let zone = world.zone("copernica.com.");
                *reply = zone.answer(&dns_name(&full("zzz")), RecordType::TXT);
            }),
        ),
        (
            "the proof about another name, for a type",
            about_one(move |world, reply| {
                let zone = world.zone("copernica.com.");
                *reply = zone.answer(&dns_name(&full("empty")), RecordType::TXT);
            }),
        ),
        (
            "the proof about another type",
            about_one(|world, reply| {
                let zone = world.zone("copernica.com.");
                *reply = zone.answer(&dns_name(&full("one")), RecordType::A);
            }),
        ),
        (
            "the proof of another zone",
            about_one(|world, reply| {
                let zone = world.zone("signed.example.");
                *reply = zone.answer(&dns_name("nothing.signed.example."), RecordType::TXT);
            }),
        ),
        (
            "a referral",
            about_one(|_, reply| {
                let servers = RData::NS(NS(dns_name("ns.example.")));
                reply.answers.clear();
                reply.authorities =
                    vec![Record::from_rdata(dns_name("copernica.com."), 300, servers)];
            }),
        ),
    ]
}
