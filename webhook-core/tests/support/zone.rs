//! Zones that are signed here and now, and what they answer.

use hickory_server::proto::dnssec::crypto::EcdsaSigningKey;
use hickory_server::proto::dnssec::rdata::sig::SigInput;
use hickory_server::proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS, NSEC, NSEC3, RRSIG};
use hickory_server::proto::dnssec::{
    Algorithm, DigestType, Nsec3HashAlgorithm, PublicKey, SigningKey, TBS,
};
use hickory_server::proto::op::ResponseCode;
use hickory_server::proto::rr::rdata::{CNAME, NS, SOA, TXT};
use hickory_server::proto::rr::{DNSClass, Name, RData, Record, RecordType, SerialNumber};
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::time::SystemTime;

const HOUR: u32 = 60 * 60;
const ALGORITHM: Algorithm = Algorithm::ECDSAP256SHA256;
const HASH: Nsec3HashAlgorithm = Nsec3HashAlgorithm::SHA1;

/// Reads a name, with the final dot whether it is written or not.
pub(crate) fn dns_name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).unwrap();
    name.set_fqdn(true);
    name
}

pub(crate) fn txt(text: &str) -> RData {
    let pieces = text.as_bytes().chunks(255);
    let pieces = pieces.map(|piece| String::from_utf8(piece.to_vec()).unwrap());
    RData::TXT(TXT::new(pieces.collect()))
}

/// Returns the time of the system's clock, by which signatures hold.
fn clock() -> u32 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    u32::try_from(since.as_secs()).unwrap()
}

/// A key that signs a zone, all of it.
pub(crate) struct Signer {
    apex: Name,
    key: EcdsaSigningKey,
    dnskey: DNSKEY,
    made: u32,
    /// What it has signed: the same gets the same signature again, as from a zone on disk.
    signatures: Mutex<HashMap<Vec<u8>, Vec<u8>>>,
}

/// When a signature holds, seen from now.
#[derive(Clone, Copy)]
pub(crate) enum Holds {
    Now,
    Before,
    After,
}

impl Signer {
    pub(crate) fn of(apex: &str) -> Self {
        let der = EcdsaSigningKey::generate_pkcs8(ALGORITHM).unwrap();
        let key = EcdsaSigningKey::from_pkcs8(&der, ALGORITHM).unwrap();
        let dnskey = DNSKEY::from_key(&key.to_public_key().unwrap());
        Self { apex: dns_name(apex), key, dnskey, made: clock(), signatures: Mutex::default() }
    }

    /// Writes the key as a line of a zone file.
    pub(crate) fn anchor(&self) -> String {
        use base64::Engine;
        let key = self.dnskey.public_key().public_bytes();
        let key = base64::engine::general_purpose::STANDARD.encode(key);
        format!("{} 300 IN DNSKEY {} 3 13 {key}", self.apex, self.dnskey.flags())
    }

    pub(crate) fn ds(&self) -> RData {
        let digest = self.dnskey.to_digest(&self.apex, DigestType::SHA256).unwrap();
        let tag = self.dnskey.calculate_key_tag().unwrap();
        let ds = DS::new(tag, ALGORITHM, DigestType::SHA256, digest.as_ref().to_vec());
        RData::DNSSEC(DNSSECRData::DS(ds))
    }

    pub(crate) fn dnskey(&self) -> RData {
        RData::DNSSEC(DNSSECRData::DNSKEY(self.dnskey.clone()))
    }

    /// Signs records of one name and type; as those of a wildcard if `labels` says so.
    pub(crate) fn sign(&self, records: &[Record], holds: Holds, labels: Option<u8>) -> Record {
        let record = &records[0];
        let (from, until) = match holds {
            Holds::Now => (self.made - HOUR, self.made + HOUR),
            Holds::Before => (self.made - 2 * HOUR, self.made - HOUR),
            Holds::After => (self.made + HOUR, self.made + 2 * HOUR),
        };
        let input = SigInput {
            type_covered: record.record_type(),
            algorithm: ALGORITHM,
            num_labels: labels.unwrap_or(record.name.num_labels()),
            original_ttl: record.ttl,
            sig_expiration: SerialNumber::new(until),
            sig_inception: SerialNumber::new(from),
            key_tag: self.dnskey.calculate_key_tag().unwrap(),
            signer_name: self.apex.clone(),
        };
        let tbs = TBS::from_input(&record.name, DNSClass::IN, &input, records.iter()).unwrap();
        let mut signatures = self.signatures.lock().unwrap();
        let signature = signatures.entry(tbs.as_ref().to_vec());
        let signature = signature.or_insert_with(|| self.key.sign(&tbs).unwrap()).clone();
        let signature = RRSIG::from_sig(input, signature);
        let signature = RData::DNSSEC(DNSSECRData::RRSIG(signature));
        Record::from_rdata(record.name.clone(), record.ttl, signature)
    }
}

/// How a zone proves that a name does not exist.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Denial {
    Nsec,
    Nsec3,
}

pub(crate) struct Zone {
    pub(crate) apex: Name,
    signer: Option<Signer>,
    denial: Denial,
    records: BTreeMap<Name, Vec<(u32, RData)>>,
}

/// An answer.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) code: ResponseCode,
    pub(crate) answers: Vec<Record>,
    pub(crate) authorities: Vec<Record>,
}

impl Zone {
    /// Returns a zone whose negative answers live half a minute.
    pub(crate) fn new(apex: &str, signer: Option<Signer>, denial: Denial) -> Self {
        let name = dns_name(apex);
        let mut zone = Self { apex: name.clone(), signer, denial, records: BTreeMap::new() };
        zone.add(apex, 300, RData::SOA(SOA::new(name.clone(), name, 1, 3600, 600, 86400, 30)));
        zone.add(apex, 300, RData::NS(NS(dns_name("ns.example."))));
        if let Some(dnskey) = zone.signer.as_ref().map(Signer::dnskey) {
            zone.add(apex, 300, dnskey);
        }
        zone
    }

    pub(crate) fn signer(&self) -> &Signer {
        self.signer.as_ref().unwrap()
    }

    pub(crate) fn add(&mut self, name: &str, ttl: u32, data: RData) {
        self.records.entry(dns_name(name)).or_default().push((ttl, data));
    }

    pub(crate) fn txt(&mut self, name: &str, text: &str) {
        self.add(name, 300, txt(text));
    }

    pub(crate) fn alias(&mut self, name: &str, target: &str) {
        self.add(name, 300, RData::CNAME(CNAME(dns_name(target))));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.records.remove(&dns_name(name)).unwrap();
    }

    /// Delegates a zone below, by its DS record or without.
    pub(crate) fn delegate(&mut self, zone: &Self) {
        let apex = zone.apex.to_string();
        self.add(&apex, 300, RData::NS(NS(dns_name("ns.example."))));
        if let Some(signer) = &zone.signer {
            self.add(&apex, 300, signer.ds());
        }
    }

    /// Returns the records of a name and type, as those of another name.
    fn set(&self, at: &Name, owner: &Name, kind: RecordType) -> Vec<Record> {
        let data = self.records.get(at).into_iter().flatten();
        data.filter(|(_, data)| data.record_type() == kind)
            .map(|(ttl, data)| Record::from_rdata(owner.clone(), *ttl, data.clone()))
            .collect()
    }

    /// Returns the records with their signature, if there are any.
    pub(crate) fn signed(&self, at: &Name, owner: &Name, kind: RecordType) -> Vec<Record> {
        let records = self.set(at, owner, kind);
        self.with_signature(records, (at != owner).then_some(at.num_labels()))
    }

    fn with_signature(&self, mut records: Vec<Record>, labels: Option<u8>) -> Vec<Record> {
        if let Some(signer) = &self.signer
            && !records.is_empty()
        {
            records.push(signer.sign(&records, Holds::Now, labels));
        }
        records
    }

    fn exists(&self, name: &Name) -> bool {
        self.records.keys().any(|owner| name.zone_of(owner))
    }

    pub(crate) fn answer(&self, name: &Name, kind: RecordType) -> Reply {
        let code = ResponseCode::NoError;
        let mut names = vec![name.clone()];
        // A wildcard answers for names that do not exist, below the closest one that does.
        if !self.exists(name) {
            let mut above = name.base_name();
            while !self.exists(&above) {
                above = above.base_name();
            }
            names = vec![above.prepend_label("*").unwrap()];
        }
        for kind in [kind, RecordType::CNAME] {
            let answers = self.signed(&names[0], name, kind);
            if !answers.is_empty() {
                let wildcard = names[0] != *name;
                let authorities = if wildcard { self.denial_of(name) } else { vec![] };
                return Reply { code, answers, authorities };
            }
        }
        let mut authorities = self.signed(&self.apex, &self.apex, RecordType::SOA);
        authorities.extend(self.denial_of(name));
        let exists = self.exists(name) || self.exists(&names[0]);
        let code = if exists { code } else { ResponseCode::NXDomain };
        Reply { code, answers: vec![], authorities }
    }

    /// Returns the records that prove that a name, or a type of record under it, does not exist.
    pub(crate) fn denial_of(&self, name: &Name) -> Vec<Record> {
        if self.signer.is_none() {
            return vec![];
        }
        let mut above = vec![name.clone()];
        while above[above.len() - 1] != self.apex {
            above.push(above[above.len() - 1].base_name());
        }
        let stars: Vec<_> =
            above.iter().skip(1).filter_map(|n| n.prepend_label("*").ok()).collect();
        let sets = match self.denial {
            Denial::Nsec => self.nsecs(&[&above[..1], &stars].concat()),
            Denial::Nsec3 => self.nsec3s(&[above, stars].concat()),
        };
        sets.into_iter().flat_map(|record| self.with_signature(vec![record], None)).collect()
    }

    /// Returns the types at a name, with those that come with signing.
    fn types(&self, name: &Name) -> Vec<RecordType> {
        let own = self.records.get(name).into_iter().flatten();
        own.map(|(_, data)| data.record_type()).chain([RecordType::RRSIG]).collect()
    }

    /// Returns the records of this kind that are of these names, or of the gaps that they fall into.
    fn nsecs(&self, names: &[Name]) -> Vec<Record> {
        let owners: Vec<_> = self.records.keys().collect();
        let found = owners.iter().enumerate().filter_map(|(at, owner)| {
            let next = owners.get(at + 1).copied();
            let fits = |name: &Name| *owner <= name && next.is_none_or(|next| name < next);
            names.iter().any(fits).then(|| {
                let nsec =
                    NSEC::new_cover_self(next.unwrap_or(&self.apex).clone(), self.types(owner));
                let nsec = RData::DNSSEC(DNSSECRData::NSEC(nsec));
                Record::from_rdata((*owner).clone(), 30, nsec)
            })
        });
        found.collect()
    }

    /// Returns NSEC3 records, of hashed names, those without records among them.
    fn nsec3s(&self, names: &[Name]) -> Vec<Record> {
        let hash = |name: &Name| HASH.hash(b"salt", name, 0).unwrap().as_ref().to_vec();
        let mut owners = BTreeMap::new();
        for owner in self.records.keys() {
            let mut owner = owner.clone();
            while owner != self.apex {
                owners.insert(hash(&owner), owner.clone());
                owner = owner.base_name();
            }
        }
        owners.insert(hash(&self.apex), self.apex.clone());
        let nsec3 = |next: &Vec<u8>, types: Vec<RecordType>| {
            NSEC3::new(HASH, false, 0, b"salt".to_vec(), next.clone(), types)
        };
        let hashes: Vec<_> = owners.keys().collect();
        let found = owners.iter().enumerate().filter_map(|(at, (own, owner))| {
            let next = hashes[(at + 1) % hashes.len()];
            let fits = |name: &Name| {
                let name = &hash(name);
                if own < next { own <= name && name < next } else { own <= name || name < next }
            };
            let label = nsec3(own, vec![]).next_hashed_owner_name_base32().unwrap().to_string();
            let types = if self.records.contains_key(owner) { self.types(owner) } else { vec![] };
            names.iter().any(fits).then(|| {
                let name = self.apex.prepend_label(label.as_bytes()).unwrap();
                let data = RData::DNSSEC(DNSSECRData::NSEC3(nsec3(next, types)));
                Record::from_rdata(name, 30, data)
            })
        });
        found.collect()
    }
}
