//! What each command does. One file per group; this one only leads there.

mod access;
mod ask;
mod decisions;
mod demo;
mod doctor;
pub mod evaluate;
mod import;
mod promotions;
mod quote;
mod status;
mod stock;

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{self, Cli, Command};
use crate::settings::Settings;
use crate::shop::Shop;

/// Runs a command to its end.
///
/// # Errors
/// Whatever stopped it, with what to do.
pub fn run(cli: Cli) -> Result<ExitCode> {
    let Cli { globals, command } = cli;
    let json = globals.json;
    if let Command::Doctor = command {
        return doctor::run(&globals);
    }
    let mut settings = Settings::load(&globals)?;
    if let Command::Openapi = command {
        crate::output::line(crate::api::openapi_text()?);
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Demo(demo) = command {
        demo::run(settings, globals.database.is_some(), &demo, json)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Serve(serve) = &command
        && let Some(listen) = &serve.listen
    {
        settings = settings.with("listen", listen.clone());
    }
    let shop = Shop::open(settings)?;
    match command {
        Command::Serve(_) => crate::serve::run(shop)?,
        Command::Import(cli::Import::Orders(orders)) => return import::run(&shop, &orders, json),
        Command::Import(cli::Import::Stock(what)) => return stock::import(&shop, &what, json),
        Command::Stock(what) => stock::list(&shop, &what, json)?,
        Command::Status => status::run(&shop, json)?,
        Command::Recommend(ask) => ask::recommend(&shop, &ask, json)?,
        Command::Segments => ask::segments(&shop, json)?,
        Command::Customer { id } => ask::customer(&shop, &id, json)?,
        Command::Forecast(ask) => ask::forecast(&shop, &ask, json)?,
        Command::Promotions(what) => promotions::run(&shop, &what, json)?,
        Command::Quote(ask) => quote::run(&shop, &ask, json)?,
        Command::Evaluate(what) => evaluate::run(&shop, &what, json)?,
        Command::Decisions(what) => decisions::run(&shop, &what, json)?,
        Command::Key(key) => access::key(&shop, &key, json)?,
        Command::User(user) => access::user(&shop, &user, json)?,
        Command::SignInLink { email } => access::sign_in_link(&shop, &email, json)?,
        Command::Doctor | Command::Openapi | Command::Demo(_) => {}
    }
    Ok(ExitCode::SUCCESS)
}
