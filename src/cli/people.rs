//! `mayfly user` and `mayfly token`.
#![expect(
    clippy::disallowed_macros,
    reason = "speaks to the person at the terminal"
)]

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::administration::{find_project, record, with_store};
use super::data_directory::DataDirectory;
use super::password::read_password;
use crate::access::Password;
use crate::app::invitation_link;
use crate::config::Config;
use crate::ledger::{Action, Actor};
use crate::limits::{NAME_BYTES_MAX, TOKEN_DAYS_MAX};
use crate::outcome::Reason;
use crate::privacy::Pepper;
use crate::registry::{
    Access, Email, Grant, ProjectId, Role, Scope, TokenHash, TokenPurpose, User,
};
use crate::store::Store;
use crate::store::people::NewToken;
use crate::time::Timestamp;

/// What somebody is allowed.
#[derive(Args)]
pub(super) struct GrantArgs {
    #[arg(long)]
    role: Role,
    /// Limit it to this project; can be given several times.
    #[arg(long, value_name = "ID")]
    project: Vec<u32>,
}

impl GrantArgs {
    async fn read(self, store: &Store) -> anyhow::Result<Grant> {
        for id in &self.project {
            find_project(store, *id).await?;
        }
        let ids = self.project.into_iter().map(ProjectId::new);
        Ok(Grant {
            role: self.role,
            scope: Scope::of(ids.collect()),
        })
    }
}

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Add somebody who may sign in, and print the link on which they choose a password.
    Add {
        email: String,
        #[command(flatten)]
        grant: GrantArgs,
        /// Take the password from standard input instead of making a link; on a terminal, ask for it.
        #[arg(long)]
        password_stdin: bool,
        #[arg(long)]
        json: bool,
    },
    /// Print a new link, for a lost invitation or a forgotten password.
    Invite {
        email: String,
        #[arg(long)]
        json: bool,
    },
    /// List everybody.
    List {
        #[arg(long)]
        json: bool,
    },
    /// Sign somebody out at once and keep them out.
    Disable {
        email: String,
        #[arg(long)]
        json: bool,
    },
    /// Let somebody in again.
    Enable {
        email: String,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub(super) enum TokenCommand {
    /// Create a token for the read API and print it, this once.
    Add {
        #[command(flatten)]
        grant: GrantArgs,
        /// What it is for.
        #[arg(long, default_value = "")]
        name: String,
        /// Days until it stops working.
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=i64::from(TOKEN_DAYS_MAX)))]
        days: u32,
        #[arg(long)]
        json: bool,
    },
    /// List all tokens by their numbers; the tokens themselves are stored nowhere.
    List {
        #[arg(long)]
        json: bool,
    },
    /// Withdraw a token, by its number.
    Revoke {
        id: String,
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn user(config: &Config, command: UserCommand) -> anyhow::Result<ExitCode> {
    with_store(config, async |store| match command {
        UserCommand::Add {
            email,
            grant,
            password_stdin,
            json,
        } => {
            let email: Email = email.parse()?;
            let grant = grant.read(store).await?;
            let password = match password_stdin {
                true => Some(Password::chosen(&read_password()?)?.hash(&pepper(config)?)?),
                false => None,
            };
            let now = Timestamp::now();
            let mut user = match store.add_user(email, grant, now).await {
                Ok(user) => user,
                Err(Reason::EmailTaken) => bail!("there is an account with this address already"),
                Err(_) => bail!("ClickHouse does not answer"),
            };
            record_user(config, Action::UserAdded, &user)?;
            if password.is_some() {
                user.password_hash = password;
                store.write_user(&user, now).await?;
                return say_user(&user, None, json);
            }
            invite(config, store, &user, json).await
        }
        UserCommand::Invite { email, json } => {
            let user = find_user(store, &email).await?;
            invite(config, store, &user, json).await
        }
        UserCommand::List { json } => {
            let users = store.users().await?;
            if json {
                let users: Vec<_> = users.iter().map(describe_user).collect();
                println!("{}", json!({ "users": users }));
            } else {
                for user in &users {
                    let role = user.grant.role.name();
                    println!("{}\t{role}\t{}", user.email.as_str(), user.state());
                }
            }
            Ok(())
        }
        UserCommand::Disable { email, json } => {
            let user = find_user(store, &email).await?;
            store.disable_user(&user, Timestamp::now()).await?;
            record_user(config, Action::UserDisabled, &user)?;
            let disabled = User {
                is_disabled: true,
                ..user
            };
            say_user(&disabled, None, json)
        }
        UserCommand::Enable { email, json } => {
            let user = User {
                is_disabled: false,
                ..find_user(store, &email).await?
            };
            store.write_user(&user, Timestamp::now()).await?;
            record_user(config, Action::UserChanged, &user)?;
            say_user(&user, None, json)
        }
    })
    .await
}

/// What a running server hashes with.
fn pepper(config: &Config) -> anyhow::Result<Pepper> {
    let data = DataDirectory::open(&config.data.directory)?;
    Ok(data.secret(&config.privacy.secret)?.for_passwords())
}

async fn invite(config: &Config, store: &Store, user: &User, json: bool) -> anyhow::Result<()> {
    if user.is_disabled {
        bail!("this account is disabled; `mayfly user enable` lets it in again");
    }
    let token = store.invite(user, Timestamp::now()).await?;
    record_user(config, Action::UserInvited, user)?;
    let url = config.public_url(&config.server.listen);
    say_user(user, Some(invitation_link(&url, &token)), json)
}

fn record_user(config: &Config, action: Action, user: &User) -> anyhow::Result<()> {
    let object = Actor::User(user.id).to_string();
    record(config, action, &object, user.grant.role.name())
}

fn record_token(
    config: &Config,
    action: Action,
    hash: TokenHash,
    role: Role,
) -> anyhow::Result<()> {
    record(config, action, &Actor::Token(hash).to_string(), role.name())
}

async fn find_user(store: &Store, email: &str) -> anyhow::Result<User> {
    let users = store.users().await?;
    users
        .into_iter()
        .find(|user| user.email.is(email))
        .context("there is no such account; `mayfly user list` shows all")
}

fn describe_user(user: &User) -> Value {
    json!({
        "id": user.id.to_string(),
        "email": user.email.as_str(),
        "role": user.grant.role.name(),
        "projects": user.grant.scope.numbers(),
        "state": user.state(),
    })
}

fn say_user(user: &User, invitation: Option<String>, json: bool) -> anyhow::Result<()> {
    if json {
        let mut described = describe_user(user);
        described["invitation"] = json!(invitation);
        println!("{described}");
        return Ok(());
    }
    println!("{}\t{}", user.email.as_str(), user.state());
    if let Some(link) = invitation {
        println!("{link}");
        eprintln!("Hand over this link. It works once, for seven days, and is shown only now.");
    }
    Ok(())
}

pub(super) async fn token(config: &Config, command: TokenCommand) -> anyhow::Result<ExitCode> {
    with_store(config, async |store| match command {
        TokenCommand::Add {
            grant,
            name,
            days,
            json,
        } => {
            if name.len() > NAME_BYTES_MAX {
                bail!("a token's name has at most {NAME_BYTES_MAX} bytes");
            }
            let now = Timestamp::now();
            let new = NewToken {
                purpose: TokenPurpose::Api,
                name,
                user: None,
                grant: grant.read(store).await?,
                ends: Timestamp::from_seconds(now.seconds() + i64::from(days) * 86_400),
            };
            let role = new.grant.role;
            let token = store.add_token(new, now).await?;
            record_token(config, Action::TokenAdded, token.hash(), role)?;
            if json {
                println!("{}", json!({ "token": token.reveal(), "role": role.name() }));
            } else {
                println!("{}", token.reveal());
                eprintln!(
                    "This is the only time it is shown; only its hash is stored. Valid for {days} days."
                );
            }
            Ok(())
        }
        TokenCommand::List { json } => {
            let tokens = api_tokens(store).await?;
            if json {
                let tokens: Vec<_> = tokens.iter().map(describe_token).collect();
                println!("{}", json!({ "tokens": tokens }));
            } else {
                for token in &tokens {
                    let role = token.grant.role.name();
                    println!("{}\t{role}\t{}", token.id(), token.name);
                }
            }
            Ok(())
        }
        TokenCommand::Revoke { id, json } => {
            let tokens = api_tokens(store).await?;
            let token = tokens.iter().find(|token| token.id() == id);
            let token = token.context("there is no such token; `mayfly token list` shows all")?;
            store.revoke_token(token, Timestamp::now()).await?;
            let role = token.grant.role;
            record_token(config, Action::TokenRevoked, token.hash, role)?;
            if json {
                println!("{}", describe_token(token));
            } else {
                println!("{id} is withdrawn; running servers follow within seconds.");
            }
            Ok(())
        }
    })
    .await
}

async fn api_tokens(store: &Store) -> anyhow::Result<Vec<Access>> {
    let mut tokens = store.tokens(Timestamp::now()).await?;
    tokens.retain(|token| token.purpose == TokenPurpose::Api);
    Ok(tokens)
}

fn describe_token(token: &Access) -> Value {
    json!({
        "id": token.id(),
        "name": token.name,
        "role": token.grant.role.name(),
        "projects": token.grant.scope.numbers(),
        "created_at": token.created_at,
        "expires_at": token.expires_at,
    })
}
