//! Somebody at a browser, without the browser: keeps a cookie, sends forms with the token that our pages put into them.

use reqwest::{Client, RequestBuilder, Response, redirect};

use crate::harness::Server;

pub const PASSWORD: &str = "orange bicycle table";

/// Somebody who looks at one server's pages.
pub struct Person<'a> {
    server: &'a Server,
    client: Client,
    /// `mayfly_session=…`, empty before signing in.
    pub cookie: String,
}

impl<'a> Person<'a> {
    /// A stranger.
    pub fn new(server: &'a Server) -> Self {
        let client = Client::builder().redirect(redirect::Policy::none());
        Self {
            server,
            client: client.build().unwrap(),
            cookie: String::new(),
        }
    }

    /// The first administrator, who used the one-time link.
    pub async fn first_admin(server: &'a Server, email: &str) -> Self {
        let mut person = Self::new(server);
        let answer = person
            .post(&setup_path(server), &new_account(email, PASSWORD))
            .await;
        assert_eq!(answer.status(), 303);
        person.keep_cookie(&answer);
        person
    }

    /// Somebody added on the command line who has signed in with [`PASSWORD`].
    pub async fn with_account(server: &'a Server, email: &str, arguments: &[&str]) -> Self {
        let command = [&["user", "add", email, "--json"], arguments].concat();
        let added = server.command(&command);
        let link = added["invitation"].as_str().unwrap();
        let mut person = Self::new(server);
        let path = &link[link.find("/invitation/").unwrap()..];
        let answer = person.post(path, &new_password(PASSWORD)).await;
        assert_eq!(answer.status(), 303, "{path}");
        person.keep_cookie(&answer);
        person
    }

    /// Signs in; the answer says whether it worked.
    pub async fn sign_in(&mut self, email: &str, password: &str) -> Response {
        let answer = self
            .post("/sign-in", &[("email", email), ("password", password)])
            .await;
        if answer.headers().contains_key("set-cookie") {
            self.keep_cookie(&answer);
        }
        answer
    }

    /// Takes over the session that an answer opened.
    pub fn keep_cookie(&mut self, answer: &Response) {
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        self.cookie = cookie.split(';').next().unwrap().to_owned();
    }

    pub async fn get(&self, path: &str) -> Response {
        let request = self.client.get(self.server.url(path));
        self.with_headers(request).send().await.unwrap()
    }

    /// The text of a page that is there.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    /// Sends a form as it is.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self.client.post(self.server.url(path)).form(fields);
        self.with_headers(request).send().await.unwrap()
    }

    /// Sends a form of a page of ours, with its token.
    pub async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let token = self.form_token().await;
        let fields = [&[("form_token", token.as_str())], fields].concat();
        self.post(path, &fields).await
    }

    /// What our pages put into their forms.
    pub async fn form_token(&self) -> String {
        let html = self.page("/account").await;
        let (_, rest) = html.split_once("name=\"form_token\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    fn with_headers(&self, request: RequestBuilder) -> RequestBuilder {
        let own = format!("http://{}", self.server.address);
        request
            .header("cookie", &self.cookie)
            .header("origin", own)
            .header("sec-fetch-site", "same-origin")
    }
}

/// The path of the one-time link that the server printed.
pub fn setup_path(server: &Server) -> String {
    let log = server.log();
    let mut words = log.split_whitespace();
    let link = words.find(|word| word.contains("/setup/")).unwrap();
    link[link.find("/setup/").unwrap()..].to_owned()
}

/// The fields of the form behind the one-time link.
pub fn new_account<'a>(email: &'a str, password: &'a str) -> [(&'static str, &'a str); 3] {
    let [new, repeated] = new_password(password);
    [("email", email), new, repeated]
}

/// The fields in which a password is chosen.
pub fn new_password(password: &str) -> [(&'static str, &str); 2] {
    [("new_password", password), ("repeated", password)]
}
