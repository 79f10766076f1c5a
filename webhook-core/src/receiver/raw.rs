//! A call that is proven, and not decoded.

use super::rejection::Rejection;
use crate::base64;
use crate::decode::{Reading, Utf8};
use crate::event::{Arrived, FromArrived, FromDelivery};
use crate::limits::Limits;
use crate::map::Leaf;
use crate::rejection::Refusal;
use crate::request::MediaType;
use bytes::Bytes;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::time::Duration;

/// A body that is proven and not decoded: no call of the sender's is refused for what is in it.
///
/// Take it where a call is to be written down before anything else, whatever its trigger and its
/// media type, and decode it later, as often as wanted, by the rules of the receiver that took it:
///
/// ```
/// use bytes::Bytes;
/// use http::Request;
/// use webhook_core::{CreateEvent, Raw, Received, Receiver};
///
/// # futures_executor::block_on(async {
/// let call = Request::post("/copernica")
///     .header("content-type", "application/x-www-form-urlencoded")
///     .body(Bytes::from_static(b"type=create&profile=7&database=1&timestamp=1979-02-12+12:49:23"))?;
/// let Received { event: raw, .. } = Receiver::unverified().receive::<Raw>(call).await?;
///
/// // Into a queue, and out again.
/// let queued = serde_json::to_string(&raw)?;
/// let raw: Raw = serde_json::from_str(&queued)?;
/// let CreateEvent::Profile(profile) = raw.decode::<CreateEvent>()? else { unreachable!() };
/// assert_eq!(profile.profile.get(), 7);
///
/// // Or as columns of a table.
/// let stored = (raw.body().clone(), raw.media_type().map(str::to_owned));
/// let mut raw = Raw::new(stored.0);
/// if let Some(media_type) = stored.1 {
///     raw = raw.content_type(media_type);
/// }
/// assert!(raw.decode::<CreateEvent>().is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Raw {
    body: Bytes,
    media_type: MediaType,
    reading: Reading,
}

impl Raw {
    /// Makes one of a body that was stored, with the default limits, of whose media type nothing is
    /// known.
    #[must_use]
    pub fn new(body: impl Into<Bytes>) -> Self {
        let reading = Reading { limits: Limits::default(), utf8: Utf8::Strict };
        Self { body: body.into(), media_type: MediaType::Uncovered, reading }
    }

    /// Sets what `Content-Type` was: [`media_type`](Self::media_type).
    #[must_use]
    pub fn content_type(mut self, value: impl AsRef<str>) -> Self {
        self.media_type = MediaType::sent(value.as_ref().as_bytes());
        self
    }

    /// Sets how much the body may hold.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.reading.limits = limits;
        self
    }

    /// Replaces what is not UTF-8 by U+FFFD instead of refusing it, as
    /// [`ReceiverBuilder::lossy_utf8`](crate::ReceiverBuilder::lossy_utf8) does.
    #[must_use]
    pub fn lossy_utf8(mut self) -> Self {
        self.reading.utf8 = Utf8::Lossy;
        self
    }

    /// Returns the body exactly as it was received.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns what `Content-Type` was, where the signature covers it or nothing is verified; `None`
    /// where there was none, or an on-path attacker may have written it.
    #[must_use]
    pub fn media_type(&self) -> Option<&str> {
        self.media_type.as_str()
    }

    /// Decodes the body as an event, by the rules that a handler's argument is decoded by.
    ///
    /// # Errors
    /// The body is not an event of this kind. The rejection has no
    /// [delivery](Rejection::delivery): it is where this was.
    pub fn decode<T: FromDelivery>(&self) -> Result<T, Rejection> {
        let arrived = Arrived::new(&self.body, &self.media_type, self.reading);
        T::from_arrived(&arrived).map_err(Rejection::from)
    }
}

impl FromArrived for Raw {
    fn from_arrived(arrived: &Arrived<'_>) -> Result<Self, Refusal> {
        let (media_type, reading) = (arrived.media_type.clone(), arrived.reading);
        Ok(Self { body: arrived.body(), media_type, reading })
    }
}

/// A body has no name of its own: [`Delivery::idempotency_key`](crate::Delivery::idempotency_key) is that
/// of the call.
impl FromDelivery for Raw {
    fn identity(&self) -> Option<String> {
        None
    }
}

/// Never the body: it is personal data.
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Raw")
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// How a raw call is written for a queue.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Raw")]
struct Queued {
    body: QueuedBody,
    content_type: MediaTypeAsSent,
    limits: LimitsAsSet,
    lossy_utf8: bool,
}

/// Three things that no header's text distinguishes: a `Content-Type` that is empty was sent.
#[derive(Serialize, Deserialize)]
#[serde(rename = "MediaType", rename_all = "lowercase")]
enum MediaTypeAsSent {
    Uncovered,
    Absent,
    Sent(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Limits")]
struct LimitsAsSet {
    body: usize,
    pairs: usize,
    depth: usize,
    body_time_ms: u64,
}

/// The body for a queue: in JSON and the like its text, or its base64 where it is not UTF-8; bytes elsewhere.
struct QueuedBody(Bytes);

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let limits = self.reading.limits;
        let queued = Queued {
            body: QueuedBody(self.body.clone()),
            content_type: match &self.media_type {
                MediaType::Uncovered => MediaTypeAsSent::Uncovered,
                MediaType::Absent => MediaTypeAsSent::Absent,
                MediaType::Sent(value) => MediaTypeAsSent::Sent(value.clone().into_owned()),
            },
            limits: LimitsAsSet {
                body: limits.max_body(),
                pairs: limits.max_pairs(),
                depth: limits.max_depth(),
                body_time_ms: u64::try_from(limits.max_body_time().as_millis()).unwrap_or(u64::MAX),
            },
            lossy_utf8: self.reading.utf8 == Utf8::Lossy,
        };
        queued.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let Queued { body, content_type, limits, lossy_utf8 } = Queued::deserialize(input)?;
        Ok(Self {
            body: body.0,
            media_type: match content_type {
                MediaTypeAsSent::Uncovered => MediaType::Uncovered,
                MediaTypeAsSent::Absent => MediaType::Absent,
                MediaTypeAsSent::Sent(value) => MediaType::sent(value.as_bytes()),
            },
            reading: Reading {
                limits: Limits::default()
                    .body(limits.body)
                    .pairs(limits.pairs)
                    .depth(limits.depth)
                    .body_time(Duration::from_millis(limits.body_time_ms)),
                utf8: if lossy_utf8 { Utf8::Lossy } else { Utf8::Strict },
            },
        })
    }
}

impl Serialize for QueuedBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            Leaf(&self.0).serialize(serializer)
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for QueuedBody {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        if input.is_human_readable() {
            input.deserialize_any(BodyVisitor)
        } else {
            input.deserialize_byte_buf(BodyVisitor)
        }
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = QueuedBody;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a body: a string, or an object of `base64` and `bytes`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<QueuedBody, E> {
        Ok(QueuedBody(Bytes::copy_from_slice(text.as_bytes())))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<QueuedBody, E> {
        Ok(QueuedBody(text.into()))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<QueuedBody, E> {
        Ok(QueuedBody(Bytes::copy_from_slice(bytes)))
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<QueuedBody, E> {
        Ok(QueuedBody(bytes.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<QueuedBody, A::Error> {
        #[derive(Deserialize)]
        struct Encoded {
            base64: String,
            bytes: usize,
        }
        let encoded = Encoded::deserialize(de::value::MapAccessDeserializer::new(map))?;
        match base64::decode(encoded.base64.as_bytes()) {
            Some(body) if body.len() == encoded.bytes => Ok(QueuedBody(body.into())),
            _ => Err(de::Error::custom("the body is not base64 of so many bytes")),
        }
    }
}
