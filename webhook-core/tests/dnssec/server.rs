//! A name server on loopback for signed zones, over UDP and TCP, and somebody on the way to it.

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

/// Changes an answer to this name and type on its way.
pub(crate) type Lie = Arc<dyn Fn(&World, &Name, RecordType, &mut Reply) + Send + Sync>;

/// All zones that there are: the root, and these.
pub(crate) struct World(Vec<Zone>);

impl World {
    /// The zone that the keys are in, signed or not, and two others: one that is, one that isn't.
    pub(crate) fn new(signed: bool, denial: Denial, fill: impl Fn(&mut Zone)) -> Self {
        let keys = signed.then(|| Signer::of("copernica.com."));
        let mut keys = Zone::new("copernica.com.", keys, denial);
        fill(&mut keys);
        let other = Signer::of("signed.example.");
        let mut other = Zone::new("signed.example.", Some(other), Denial::Nsec);
        other.txt("key.signed.example.", &super::support::record(3072));
        let mut plain = Zone::new("unsigned.example.", None, Denial::Nsec);
        plain.txt("key.unsigned.example.", &super::support::record(3072));
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

    /// A zone, to change it.
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

    /// The same, with what aliases lead to.
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
    lie: Mutex<Option<Lie>>,
    /// Whether it follows aliases, as a resolver does.
    chases: bool,
    /// Questions, each once: one that is sent again carries the same number.
    asked: Mutex<HashSet<(u16, Name, RecordType, bool)>>,
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
        let (lie, asked, log) = (Mutex::default(), Mutex::default(), Mutex::default());
        let shared = Arc::new(Shared { world: Mutex::new(world), lie, chases, asked, log });
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

    /// From now on, this happens to answers.
    pub(crate) fn lie(&self, lie: Lie) {
        *self.shared.lie.lock().unwrap() = Some(lie);
    }

    pub(crate) fn be_honest(&self) {
        *self.shared.lie.lock().unwrap() = None;
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world.lock().unwrap()
    }

    /// What it was asked, and how.
    pub(crate) fn log(&self) -> Vec<(Name, RecordType, Protocol)> {
        self.shared.log.lock().unwrap().clone()
    }

    /// How often it was asked for this.
    pub(crate) fn asked(&self, name: &str, kind: RecordType) -> usize {
        let name = dns_name(name);
        self.log().iter().filter(|(asked, of, _)| *asked == name && *of == kind).count()
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
        let Shared { world, lie, chases, asked, log } = &*self.0;
        let info = request.request_info().unwrap();
        // With the capitals that it was asked with.
        let (name, kind) = (info.query.original().name().clone(), info.query.query_type());
        let question = (info.metadata.id, name.clone(), kind, info.protocol == Protocol::Tcp);
        if asked.lock().unwrap().insert(question) {
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
            let lie = lie.lock().unwrap().clone();
            if let Some(lie) = lie {
                lie(world, &name, kind, &mut reply);
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

/// An answer that a server gives when something is wrong with it.
pub(crate) fn error() -> Reply {
    Reply { code: ResponseCode::ServFail, answers: vec![], authorities: vec![] }
}
