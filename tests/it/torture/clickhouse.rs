//! A ClickHouse elsewhere, behind a front that passes bytes on, or does what networks and servers do on bad days.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

use crate::engine_process::EngineProcess;

const CHUNK_BYTES: usize = 64 * 1024;
/// What ClickHouse says when it gives up on a statement whose work may be done.
const TIMEOUT_ANSWER: &str = "HTTP/1.1 500 Internal Server Error\r\nx-clickhouse-exception-code: 159\r\n\
    content-length: 44\r\nconnection: close\r\n\r\nCode: 159. DB::Exception: Timeout exceeded. \n";

/// How the front behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mood {
    Passes,
    /// Ends every connection.
    Refuses,
    /// Keeps connections open and moves no byte.
    Hangs,
    /// Answers come late.
    IsLate(Duration),
    /// Requests are carried out, their answers replaced by an error.
    AnswersWithErrors,
    /// Requests are carried out, their answers lost with the connection.
    LosesAnswers,
}

/// The engine and its front.
pub struct Elsewhere {
    pub engine: EngineProcess,
    pub url: String,
    mood: watch::Sender<Mood>,
    _data: tempfile::TempDir,
}

impl Elsewhere {
    pub async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let engine = EngineProcess::start(data.path());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (mood, follow) = watch::channel(Mood::Passes);
        tokio::spawn(serve(listener, engine.socket(), follow));
        Self {
            engine,
            url,
            mood,
            _data: data,
        }
    }

    pub fn be(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }
}

async fn serve(listener: TcpListener, socket: PathBuf, mood: watch::Receiver<Mood>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        tokio::spawn(connect(client, socket.clone(), mood.clone()));
    }
}

async fn connect(client: TcpStream, socket: PathBuf, mood: watch::Receiver<Mood>) {
    let Some(engine) = reach(&socket, mood.clone()).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_engine, to_engine) = engine.into_split();
    let refused = async {
        let _ = mood.clone().wait_for(|mood| *mood == Mood::Refuses).await;
    };
    // Whatever ends first ends the connection.
    tokio::select! {
        () = requests(from_client, to_engine, mood.clone()) => {}
        () = answers(from_engine, to_client, mood.clone()) => {}
        () = refused => {}
    }
}

async fn reach(socket: &Path, mut mood: watch::Receiver<Mood>) -> Option<UnixStream> {
    let _ = mood.wait_for(|mood| *mood != Mood::Hangs).await;
    let refuses = *mood.borrow() == Mood::Refuses;
    if refuses {
        return None;
    }
    UnixStream::connect(socket).await.ok()
}

async fn requests(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut mood: watch::Receiver<Mood>,
) {
    let mut chunk = vec![0; CHUNK_BYTES];
    while let Ok(count @ 1..) = from.read(&mut chunk).await {
        let _ = mood.wait_for(|mood| *mood != Mood::Hangs).await;
        if to.write_all(&chunk[..count]).await.is_err() {
            return;
        }
    }
}

async fn answers(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut mood: watch::Receiver<Mood>,
) {
    let mut chunk = vec![0; CHUNK_BYTES];
    while let Ok(count @ 1..) = from.read(&mut chunk).await {
        let _ = mood.wait_for(|mood| *mood != Mood::Hangs).await;
        let now = *mood.borrow();
        match now {
            Mood::IsLate(delay) => tokio::time::sleep(delay).await,
            Mood::LosesAnswers => return,
            Mood::AnswersWithErrors => {
                let _ = to.write_all(TIMEOUT_ANSWER.as_bytes()).await;
                return;
            }
            Mood::Passes | Mood::Refuses | Mood::Hangs => {}
        }
        if to.write_all(&chunk[..count]).await.is_err() {
            return;
        }
    }
}
