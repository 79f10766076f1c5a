//! A name server on loopback, over UDP and TCP, whose answers a test changes as it goes.

use async_trait::async_trait;
use hickory_server::Server;
use hickory_server::net::runtime::Time;
use hickory_server::net::xfer::Protocol;
use hickory_server::proto::op::{Edns, Header, HeaderCounts, Metadata, ResponseCode};
use hickory_server::proto::rr::rdata::{CNAME, NS, SOA, TXT};
use hickory_server::proto::rr::{Name, RData, Record, RecordType};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::watch;

/// The answer of the server about a name.
#[derive(Clone)]
pub(crate) enum Says {
    /// TXT records, each of one or more strings, with a time to live in seconds.
    Txt(u32, Vec<Vec<String>>),
    /// The TXT record of another name.
    TxtOf(&'static str, String),
    /// A TXT record, and before it one of another name.
    TxtBeside(String, &'static str, String),
    /// It is an alias, with a time to live, and its target's records if the server knows any.
    Alias(u32, &'static str),
    /// There is no such name; with the SOA's time to live and minimum.
    NoName(Option<(u32, u32)>),
    /// The name has no TXT record; with the SOA's time to live and minimum.
    NoData(Option<(u32, u32)>),
    /// A referral to other servers.
    Referral,
    /// An error.
    Error(ResponseCode),
    /// Nothing.
    Silence,
}

/// Returns a TXT record of one string.
pub(crate) fn txt(ttl: u32, text: impl Into<String>) -> Says {
    Says::Txt(ttl, vec![pieces(&text.into(), 255)])
}

/// Splits a text into strings of at most this many bytes.
pub(crate) fn pieces(text: &str, bytes: usize) -> Vec<String> {
    text.as_bytes().chunks(bytes).map(|piece| String::from_utf8(piece.to_vec()).unwrap()).collect()
}

#[derive(Default)]
struct Zone {
    says: HashMap<String, Says>,
    /// About every other name; by default NXDOMAIN.
    otherwise: Option<Says>,
    /// Queries, each once: one that is sent again has the same id.
    queries: HashSet<(u16, String, bool)>,
    log: Vec<(String, Protocol)>,
    /// Every one of them.
    packets: usize,
    /// Those with capitals in the name.
    capitals: usize,
}

struct Shared {
    zone: Mutex<Zone>,
    count: watch::Sender<usize>,
    open: watch::Sender<bool>,
}

#[derive(Clone)]
struct Handler(Arc<Shared>);

pub(crate) struct TestServer {
    shared: Arc<Shared>,
    pub(crate) address: SocketAddr,
    _server: Server<Handler>,
}

impl TestServer {
    /// Starts a server that knows no name.
    pub(crate) async fn start() -> Self {
        let shared = Arc::new(Shared {
            zone: Mutex::default(),
            count: watch::Sender::new(0),
            open: watch::Sender::new(true),
        });
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

    /// Sets the answer about a name.
    pub(crate) fn say(&self, name: &str, says: Says) {
        self.shared.zone.lock().unwrap().says.insert(format!("{name}."), says);
    }

    /// Sets the answer about every other name.
    pub(crate) fn say_otherwise(&self, says: Says) {
        self.shared.zone.lock().unwrap().otherwise = Some(says);
    }

    /// Holds answers back until [`open`](Self::open).
    pub(crate) fn hold(&self) {
        self.shared.open.send_replace(false);
    }

    pub(crate) fn open(&self) {
        self.shared.open.send_replace(true);
    }

    /// Counts the queries, each once.
    pub(crate) fn count(&self) -> usize {
        *self.shared.count.borrow()
    }

    /// Counts the packets, with queries that were sent again.
    pub(crate) fn packets(&self) -> usize {
        self.shared.zone.lock().unwrap().packets
    }

    /// Counts the packets with capitals in the name.
    pub(crate) fn capitals(&self) -> usize {
        self.shared.zone.lock().unwrap().capitals
    }

    /// Waits until it got this many queries.
    pub(crate) async fn queried(&self, count: usize) {
        let mut queried = self.shared.count.subscribe();
        let waiting = queried.wait_for(|queried| *queried >= count);
        let patience = Duration::from_secs(20);
        tokio::time::timeout(patience, waiting).await.expect("never queried").unwrap();
    }

    /// Returns the names that were queried, and how.
    pub(crate) fn log(&self) -> Vec<(String, Protocol)> {
        self.shared.zone.lock().unwrap().log.clone()
    }
}

#[async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(
        &self,
        request: &Request,
        mut respond: R,
    ) -> ResponseInfo {
        let info = request.request_info().unwrap();
        let name = Name::from(info.query.name());
        let key = name.to_string().to_lowercase();
        assert_eq!(info.query.query_type(), RecordType::TXT);
        let says = {
            let mut zone = self.0.zone.lock().unwrap();
            zone.packets += 1;
            let queried = info.query.original().name().to_string();
            zone.capitals += usize::from(queried.contains(|letter: char| letter.is_uppercase()));
            let over_tcp = info.protocol == Protocol::Tcp;
            if zone.queries.insert((info.metadata.id, key.clone(), over_tcp)) {
                zone.log.push((key.clone(), info.protocol));
                self.0.count.send_modify(|count| *count += 1);
            }
            let says = zone.says.get(&key).or(zone.otherwise.as_ref());
            says.cloned().unwrap_or(Says::NoName(None))
        };
        self.0.open.subscribe().wait_for(|open| *open).await.unwrap();

        let mut metadata = Metadata::response_from_request(&request.metadata);
        metadata.recursion_available = true;
        let (mut answers, mut authorities) = (vec![], vec![]);
        let soa = |times: Option<(u32, u32)>| {
            let zone = || Name::from_ascii("copernica.com.").unwrap();
            times.map(|(ttl, minimum)| {
                let soa = SOA::new(zone(), zone(), 1, 3600, 600, 86400, minimum);
                Record::from_rdata(zone(), ttl, RData::SOA(soa))
            })
        };
        let text = |owner: Name, ttl, strings| {
            Record::from_rdata(owner, ttl, RData::TXT(TXT::new(strings)))
        };
        match says {
            Says::Txt(ttl, records) => {
                answers.extend(records.into_iter().map(|strings| text(name.clone(), ttl, strings)));
            }
            Says::TxtOf(owner, strings) => {
                let owner = Name::from_ascii(owner).unwrap();
                answers.push(text(owner, 300, pieces(&strings, 255)));
            }
            Says::TxtBeside(own, owner, other) => {
                let owner = Name::from_ascii(owner).unwrap();
                answers.push(text(owner, 300, pieces(&other, 255)));
                answers.push(text(name.clone(), 300, pieces(&own, 255)));
            }
            Says::Alias(ttl, target) => {
                let target = Name::from_ascii(target).unwrap();
                let alias = RData::CNAME(CNAME(target.clone()));
                answers.push(Record::from_rdata(name.clone(), ttl, alias));
                let known = self.0.zone.lock().unwrap().says.get(&target.to_string()).cloned();
                if let Some(Says::Txt(ttl, records)) = known {
                    answers.extend(
                        records.into_iter().map(|strings| text(target.clone(), ttl, strings)),
                    );
                }
            }
            Says::NoName(times) => {
                metadata.response_code = ResponseCode::NXDomain;
                authorities.extend(soa(times));
            }
            Says::NoData(times) => authorities.extend(soa(times)),
            Says::Referral => {
                let server = NS(Name::from_ascii("ns.copernica.com.").unwrap());
                let zone = Name::from_ascii("copernica.com.").unwrap();
                authorities.push(Record::from_rdata(zone, 300, RData::NS(server)));
            }
            Says::Error(code) => metadata.response_code = code,
            Says::Silence => return Header { metadata, counts: HeaderCounts::default() }.into(),
        }
        let mut edns = Edns::new();
        edns.set_max_payload(1232);
        let mut builder = MessageResponseBuilder::from_message_request(request);
        if request.edns.is_some() {
            builder.edns(&edns);
        }
        let response = builder.build(metadata, &answers, &authorities, [], []);
        let sent = respond.send_response(response).await;
        sent.unwrap_or(Header { metadata, counts: HeaderCounts::default() }.into())
    }
}
