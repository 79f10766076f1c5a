//! A name server on loopback for signed zones, over UDP and TCP, and an on-path attacker.

use super::zone::{Denial, Reply, Signer, Zone, dns_name};
use async_trait::async_trait;
use hickory_server::Server;
use hickory_server::net::runtime::Time;
use hickory_server::net::xfer::Protocol;
use hickory_server::proto::op::{Edns, Header, HeaderCounts, Metadata, ResponseCode};
use hickory_server::proto::rr::{Name, RData, Record, RecordType};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::net::{TcpListener, UdpSocket};

/// Changes an answer about this name and type.
pub(crate) type Forgery = Arc<dyn Fn(&World, &Name, RecordType, &mut Reply) + Send + Sync>;

/// All zones: the root, and these.
pub(crate) struct World(Vec<Zone>);

impl World {
    /// Makes the zone that the keys are in, signed or not, and two others: one signed, one not.
    pub(crate) fn new(signed: bool, denial: Denial, fill: impl Fn(&mut Zone)) -> Self {
        let keys = signed.then(|| Signer::of("copernica.com."));
        let mut keys = Zone::new("copernica.com.", keys, denial);
        fill(&mut keys);
        let other = Signer::of("signed.example.");
        let mut other = Zone::new("signed.example.", Some(other), Denial::Nsec);
        other.txt("key.signed.example.", &super::keys::record(3072));
        let mut plain = Zone::new("unsigned.example.", None, Denial::Nsec);
        plain.txt("key.unsigned.example.", &super::keys::record(3072));
        plain.alias("alias.unsigned.example.", "key.signed.example.");
        plain.alias("nothing.unsigned.example.", "nothing.signed.example.");
        let mut root = Zone::new(".", Some(Signer::of(".")), Denial::Nsec);
        let zones = [keys, other, plain];
        for zone in &zones {
            root.delegate(zone);
        }
        Self(zones.into_iter().chain([root]).collect())
    }

    pub(crate) fn zone(&self, apex: &str) -> &Zone {
        self.0.iter().find(|zone| zone.apex == dns_name(apex)).unwrap()
    }

    /// Returns a zone, to change it.
    pub(crate) fn zone_mut(&mut self, apex: &str) -> &mut Zone {
        self.0.iter_mut().find(|zone| zone.apex == dns_name(apex)).unwrap()
    }

    fn answer(&self, name: &Name, kind: RecordType) -> Reply {
        // A DS record is in the zone above.
        let holds = |zone: &&Zone| {
            zone.apex.zone_of(name) && (kind != RecordType::DS || zone.apex != *name)
        };
        let zone = self.0.iter().filter(holds).max_by_key(|zone| zone.apex.num_labels());
        zone.unwrap_or_else(|| self.zone(".")).answer(name, kind)
    }

    /// Answers, with what aliases lead to.
    fn chase(&self, name: &Name, kind: RecordType) -> Reply {
        let mut reply = self.answer(name, kind);
        let alias = reply.answers.iter().find_map(|record| match &record.data {
            RData::CNAME(target) => Some(target.0.clone()),
            _ => None,
        });
        if let Some(target) = alias {
            let end = self.answer(&target, kind);
            reply.code = end.code;
            reply.answers.extend(end.answers);
            reply.authorities.extend(end.authorities);
        }
        reply
    }
}

struct Shared {
    world: Mutex<World>,
    forgery: Mutex<Option<Forgery>>,
    /// Whether it follows aliases, as a resolver does.
    chases: bool,
    /// Queries, each once: one that is sent again has the same id.
    queried: Mutex<HashSet<(u16, Name, RecordType, bool)>>,
    log: Mutex<Vec<(Name, RecordType, Protocol)>>,
}

#[derive(Clone)]
struct Handler(Arc<Shared>);

pub(crate) struct TestServer {
    shared: Arc<Shared>,
    pub(crate) address: SocketAddr,
    _server: Server<Handler>,
}

impl TestServer {
    pub(crate) async fn start(world: World, chases: bool) -> Self {
        let (forgery, queried, log) = (Mutex::default(), Mutex::default(), Mutex::default());
        let shared = Arc::new(Shared { world: Mutex::new(world), forgery, chases, queried, log });
        let mut server = Server::new(Handler(shared.clone()));
        // A port that is free for both.
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        server.register_socket(udp);
        server.register_listener(tcp, Duration::from_secs(30), 64);
        Self { shared, address, _server: server }
    }

    /// Forges answers from now on.
    pub(crate) fn forge(&self, forgery: Forgery) {
        *self.shared.forgery.lock().unwrap() = Some(forgery);
    }

    pub(crate) fn stop_forging(&self) {
        *self.shared.forgery.lock().unwrap() = None;
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world.lock().unwrap()
    }

    /// Returns the queries, and how they came.
    pub(crate) fn log(&self) -> Vec<(Name, RecordType, Protocol)> {
        self.shared.log.lock().unwrap().clone()
    }

    /// Counts the queries for this name and type.
    pub(crate) fn queried(&self, name: &str, kind: RecordType) -> usize {
        let name = dns_name(name);
        self.log().iter().filter(|(queried, of, _)| *queried == name && *of == kind).count()
    }
}

fn is_proof(record: &Record) -> bool {
    let kind = record.record_type();
    matches!(kind, RecordType::RRSIG | RecordType::NSEC | RecordType::NSEC3)
}

#[async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(
        &self,
        request: &Request,
        mut respond: R,
    ) -> ResponseInfo {
        let Shared { world, forgery, chases, queried, log } = &*self.0;
        let info = request.request_info().unwrap();
        // With the capitals of the query.
        let (name, kind) = (info.query.original().name().clone(), info.query.query_type());
        let query = (info.metadata.id, name.clone(), kind, info.protocol == Protocol::Tcp);
        if queried.lock().unwrap().insert(query) {
            log.lock().unwrap().push((name.clone(), kind, info.protocol));
        }
        let wants_proof = request.edns.as_ref().is_some_and(|edns| edns.flags().dnssec_ok);
        let reply = {
            let world = &*world.lock().unwrap();
            let mut reply =
                if *chases { world.chase(&name, kind) } else { world.answer(&name, kind) };
            if !wants_proof {
                reply.answers.retain(|record| !is_proof(record));
                reply.authorities.retain(|record| !is_proof(record));
            }
            let forgery = forgery.lock().unwrap().clone();
            if let Some(forgery) = forgery {
                forgery(world, &name, kind, &mut reply);
            }
            reply
        };
        let mut metadata = Metadata::response_from_request(&request.metadata);
        metadata.recursion_available = true;
        metadata.response_code = reply.code;
        let mut edns = Edns::new();
        edns.set_max_payload(1232).set_dnssec_ok(wants_proof);
        let mut builder = MessageResponseBuilder::from_message_request(request);
        if request.edns.is_some() {
            builder.edns(&edns);
        }
        let response = builder.build(metadata, &reply.answers, &reply.authorities, [], []);
        let sent = respond.send_response(response).await;
        sent.unwrap_or(Header { metadata, counts: HeaderCounts::default() }.into())
    }
}

/// Returns the answer of a server that fails.
pub(crate) fn error() -> Reply {
    Reply { code: ResponseCode::ServFail, answers: vec![], authorities: vec![] }
}
