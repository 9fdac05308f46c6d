//! The first state: creates a user, and signs somebody in. Returns who it is, or why the session
//! has ended.
//!
//! ```text
//! new-user ── a new name ───► new-password, repeat-password ──► created ──► LOGIN
//!    ▲   └─── a known name ─► login (Y/n) ── yes ─────────────────────────► LOGIN
//!    │
//!    └── no, @, two different passwords        LOGIN: user, password ──► signed in
//! ```
//! Passwords are hashed on this thread, which takes a while. No chat waits for it; others who sign
//! in may.

use super::presence::{Person, SignedIn};
use super::request_log::Kind;
use super::session::{Ended, MAX_WRONG_PASSWORDS, Session, Stop};
use super::store::{JustCreated, NotKept, Verified};
use crate::name::UserName;
use crate::protocol::Question;

/// Signs somebody in.
pub fn sign_in(session: &mut Session) -> Result<SignedIn, Ended> {
    let mut wrong_passwords = 0;
    loop {
        let just_created = register(session);
        match just_created.and_then(|created| login(session, &mut wrong_passwords, created)) {
            Ok(signed_in) => return Ok(signed_in),
            Err(Stop::Back(outcome)) if outcome.is_empty() => {}
            Err(Stop::Back(outcome)) => session.tell(outcome),
            Err(Stop::Ended(ended)) => return Err(ended),
        }
    }
}

/// Creates a user. `None`: the user exists already and wants to log in.
fn register(session: &mut Session) -> Result<Option<JustCreated>, Stop> {
    let shared = session.shared;
    let name = session.ask(Question::NewUser, "Please write your new Username:")?;
    let name = UserName::parse(&name)
        .map_err(|rule| session.back(Kind::REGISTRATION, "not a user's name", rule))?;
    if shared.store.user(&name).is_some() {
        session.log.request(Kind::REGISTRATION, format_args!("{name} exists already"));
        let prompt = "User already exists... Do you want to go to Login? (Y/n)";
        session.confirm(Question::Login, prompt)?;
        return Ok(None);
    }

    let password = session.ask_new_password()?.ok_or_else(|| {
        let outcome = "Passwords don't match, the user was not created";
        session.back(Kind::REGISTRATION, "passwords differ", outcome)
    })?;
    let created = shared.store.create_user(&name, password).map_err(|why| match why {
        NotKept::TooLate => {
            let log = format_args!("{name} exists already");
            session.back(Kind::REGISTRATION, log, "Somebody created the User before you did...")
        }
        why => session.back(Kind::REGISTRATION, format_args!("{name}: {why}"), &why),
    })?;
    session.log.request(Kind::REGISTRATION, format_args!("{name} created"));
    shared.console.show(format_args!("New User created: {name}"));
    session.tell("New User Added...Going to Login");
    Ok(Some(created))
}

fn login(
    session: &mut Session,
    wrong_passwords: &mut u32,
    just_created: Option<JustCreated>,
) -> Result<SignedIn, Stop> {
    let shared = session.shared;
    loop {
        session.tell("LOGIN");
        let name = session.ask(Question::User, "Please write your Username:")?;
        let password = session.ask_password(Question::Password, "Please write your Password:")?;
        // A name that breaks the rule goes on like an unknown user.
        let name = UserName::parse(&name).ok();
        let verified = password.and_then(|password| {
            shared.store.verify(name.as_ref(), &password, just_created.as_ref())
        });
        let signed_in = match verified {
            Some(verified) => occupy(session, verified)?,
            None => None,
        };
        if let Some(signed_in) = signed_in {
            let user = &signed_in.person.user;
            session.log.signed_in(user);
            session.log.request(Kind::LOGIN, "signed in");
            shared.console.show(format_args!("New User logged in: {user}"));
            return Ok(signed_in);
        }
        *wrong_passwords += 1;
        session.log.request(Kind::LOGIN, "wrong user or password");
        if *wrong_passwords >= MAX_WRONG_PASSWORDS {
            return Err(Ended::TooManyWrongPasswords.into());
        }
        let prompt = "Wrong Password. Do you Want to Try again? (Y/n)";
        session.confirm(Question::Again, prompt)?;
    }
}

/// Signs a user in. If the user has another session, asks whether to take it over. `None`:
/// meanwhile the account was removed or got another password, so the typed one is wrong now.
fn occupy(session: &mut Session, verified: Verified) -> Result<Option<SignedIn>, Stop> {
    let shared = session.shared;
    let user = &verified.name;
    loop {
        let (number, is_program) = (session.number, session.is_program);
        let person = Person::new(number, user.clone(), is_program, session.outbox);
        // In this order: `forget` removes the account first and ends the session then. So either
        // we see here that the account is gone, or it sees our session.
        let signed_in = shared.presence.sign_in(person);
        if !shared.store.is_still_right(&verified) {
            return Ok(None);
        }
        // Only its number: this question may stay open for long, and would keep the other's
        // socket.
        let elsewhere = match signed_in {
            Ok(signed_in) => return Ok(Some(signed_in)),
            Err(elsewhere) => elsewhere.session,
        };
        session.log.request(Kind::LOGIN, format_args!("{user} is signed in elsewhere"));
        let prompt = "User Already signed in... Do you want to take over that session? (Y/n)";
        session.confirm(Question::TakeOver, prompt)?;
        // If somebody else has taken over meanwhile, or the other session has not left yet, this
        // asks again.
        let other = shared.presence.find(user).filter(|other| other.session == elsewhere);
        if let Some(other) = other
            && shared.store.is_still_right(&verified)
        {
            shared.presence.expel(&other, "Signed in from another place");
        }
    }
}
