//! The program's own front door, from outside: sends a request over loopback to the own listener, as a client would.

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::limits::{FRONT_DOOR_ANSWER_BYTES_MAX, FRONT_DOOR_TIMEOUT};

/// Where the listener is.
pub struct FrontDoor {
    /// `127.0.0.1:8080`
    address: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// The own listener did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the server did not answer itself")]
pub struct Unanswered;

impl FrontDoor {
    /// For a server that listens at `listening_at`. "Any address" is reached by the machine's own.
    pub fn new(listening_at: &str) -> Self {
        let address = listening_at
            .replace("0.0.0.0", "127.0.0.1")
            .replace("[::]", "[::1]");
        Self {
            address,
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Sends a request to `path_and_query` and waits for its status.
    ///
    /// # Errors
    /// [`Unanswered`] within [`FRONT_DOOR_TIMEOUT`].
    pub async fn send(
        &self,
        request: Request<Full<Bytes>>,
        path_and_query: &str,
    ) -> Result<StatusCode, Unanswered> {
        Ok(self.ask(request, path_and_query).await?.status())
    }

    /// Sends a request to `path_and_query` and waits for the whole answer.
    ///
    /// # Errors
    /// [`Unanswered`] within [`FRONT_DOOR_TIMEOUT`], or if the answer is longer than [`FRONT_DOOR_ANSWER_BYTES_MAX`].
    pub async fn ask(
        &self,
        mut request: Request<Full<Bytes>>,
        path_and_query: &str,
    ) -> Result<Response<Bytes>, Unanswered> {
        let uri = Uri::builder()
            .scheme("http")
            .authority(self.address.as_str());
        let uri = uri.path_and_query(path_and_query).build();
        *request.uri_mut() = uri.map_err(|_| Unanswered)?;
        let asking = async {
            let answer = self.client.request(request).await;
            let (head, body) = answer.map_err(|_| Unanswered)?.into_parts();
            let body = Limited::new(body, FRONT_DOOR_ANSWER_BYTES_MAX)
                .collect()
                .await;
            let body = body.map_err(|_| Unanswered)?.to_bytes();
            Ok(Response::from_parts(head, body))
        };
        let answer = tokio::time::timeout(FRONT_DOOR_TIMEOUT, asking).await;
        answer.map_err(|_| Unanswered)?
    }
}
