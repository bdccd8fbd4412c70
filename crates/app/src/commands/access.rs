//! `mercer key`, `user`, `sign-in-link`.

use std::io::{IsTerminal, Read};

use anyhow::{Result, anyhow, bail};
use jiff::SignedDuration;
use mercer_http::auth::keys::{self, NewKey};
use mercer_http::auth::{Scope, sessions};
use serde_json::json;

use crate::cli::{Key, User};
use crate::output::{self, day};
use crate::shop::Shop;

pub(super) fn key(shop: &Shop, key: &Key, json: bool) -> Result<()> {
    let context = &shop.context;
    let now = context.clock.now();
    match key {
        Key::Create { name, scopes, expires_days } => {
            let new = NewKey {
                name: name.clone(),
                scopes: scopes.iter().filter_map(|scope| Scope::parse(scope)).collect(),
                expires_at: expires_days
                    .map(|days| now + SignedDuration::from_hours(24 * i64::from(days))),
            };
            let (key, secret) = keys::create(&context.db, now, &*context.entropy, &new)?;
            if json {
                let mut value = serde_json::to_value(key)?;
                value["secret"] = json!(secret);
                return output::json(&value);
            }
            output::line(&secret);
            output::note("This is the only time it is shown. Give it as: Authorization: Bearer …");
        }
        Key::List => {
            let all = context.db.read(keys::list)?;
            if json {
                return output::json(&json!({ "items": all }));
            }
            let rows = all.iter().map(|key| {
                let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.name()).collect();
                vec![
                    key.id.clone(),
                    key.name.clone(),
                    format!("{}…", key.prefix),
                    scopes.join(", "),
                    day(Some(key.created_at)),
                    day(key.expires_at),
                    day(key.revoked_at),
                ]
            });
            let head = ["Id", "Name", "Begins", "Scopes", "Made", "Ends", "Revoked"];
            output::table(&head, rows);
        }
        Key::Revoke { id } => {
            if !context.db.write(|tx| keys::revoke(tx, id, now))? {
                bail!("there is no key `{id}`; `mercer key list` shows them");
            }
            if json {
                return output::json(&json!({ "id": id, "revoked": true }));
            }
            output::line(format!("{id} is revoked."));
        }
    }
    Ok(())
}

pub(super) fn user(shop: &Shop, user: &User, json: bool) -> Result<()> {
    let User::Create { email, name } = user;
    if std::io::stdin().is_terminal() {
        output::note("Type the password, then Enter and Ctrl-D:");
    }
    let mut password = String::new();
    std::io::stdin()
        .take(sessions::N_PASSWORD_BYTES_MAX as u64 + 2)
        .read_to_string(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']);
    if password.chars().count() < sessions::N_PASSWORD_CHARS_MIN {
        bail!("the password must have at least {} characters", sessions::N_PASSWORD_CHARS_MIN);
    }
    if password.len() > sessions::N_PASSWORD_BYTES_MAX {
        bail!("the password is longer than {} bytes", sessions::N_PASSWORD_BYTES_MAX);
    }
    check_email(email)?;
    let context = &shop.context;
    let name = name.as_deref().unwrap_or(email);
    let made = sessions::put_user(
        &context.db,
        context.clock.now(),
        &*context.entropy,
        email,
        name,
        Some(password),
    )?;
    if json {
        return output::json(&made);
    }
    output::line(format!("{} can sign in.", made.email));
    Ok(())
}

fn check_email(email: &str) -> Result<()> {
    let (local, domain) =
        email.split_once('@').ok_or_else(|| anyhow!("`{email}` is no e-mail address"))?;
    if local.is_empty() || domain.is_empty() || email.contains(char::is_whitespace) {
        bail!("`{email}` is no e-mail address");
    }
    Ok(())
}

/// Makes a link that signs the user in once; the user is made when new.
pub(super) fn make_link(shop: &Shop, email: &str, name: &str) -> Result<String> {
    check_email(email)?;
    let context = &shop.context;
    let now = context.clock.now();
    let user = sessions::put_user(&context.db, now, &*context.entropy, email, name, None)?;
    let token = context.token();
    sessions::create_link(&context.db, now, &user, &token)?;
    Ok(format!("http://{}/sign-in?token={token}", shop.settings.listen()?))
}

pub(super) fn sign_in_link(shop: &Shop, email: &str, json: bool) -> Result<()> {
    let link = make_link(shop, email, email)?;
    if json {
        return output::json(&json!({ "link": link, "minutes": sessions::LINK_MINUTES }));
    }
    output::line(&link);
    output::note(format!("Works once, within {} minutes.", sessions::LINK_MINUTES));
    Ok(())
}
