//! The first state: creating a user, and signing in. Returns who it is, or the peer has left.
//!
//! ```text
//! first question ── a new name ──► password, twice ──► created ──► LOGIN
//!       ▲     └──── a known name ──► (Y/n) ── yes ───────────────► LOGIN ──► signed in
//!       └───────── no, @, passwords that differ ◄──────────────────┘
//! ```

use super::presence::SignedIn;
use super::request_log::Kind;
use super::session::{Ended, Session, Stop};
use super::store::{JustCreated, NotKept, Verified};
use crate::name::UserName;

/// How many wrong passwords a connection may send.
const MAX_WRONG_PASSWORDS: u32 = 5;

/// Signs somebody in.
pub fn sign_in(session: &mut Session) -> Result<(UserName, SignedIn), Ended> {
    let mut wrong_passwords = 0;
    loop {
        match first_question(session, &mut wrong_passwords) {
            Ok(signed_in) => return Ok(signed_in),
            Err(Stop::Back) => {}
            Err(Stop::Ended(ended)) => return Err(ended),
        }
    }
}

fn first_question(
    session: &mut Session,
    wrong_passwords: &mut u32,
) -> Result<(UserName, SignedIn), Stop> {
    let shared = session.shared;
    let name = session.ask("Please write your new Username:")?;
    let name = UserName::parse(&name).map_err(|rule| {
        session.log.request(Kind::Registration, "not a user's name");
        session.tell(rule);
        Stop::Back
    })?;

    if shared.store.has_user(&name) {
        session.log.request(Kind::Registration, format_args!("{name} exists already"));
        return match session.ask_yes("User already exists... Do you want to go to Login? (Y/n)")? {
            true => login(session, wrong_passwords, None),
            false => Err(Stop::Back),
        };
    }

    let Some(password) = session.ask_new_password()? else {
        session.log.request(Kind::Registration, "passwords differ");
        session.tell("Passwords don't match, the user was not created");
        return Err(Stop::Back);
    };
    match shared.store.create_user(&name, password) {
        Ok(created) => {
            session.log.request(Kind::Registration, format_args!("{name} created"));
            shared.console.show(format_args!("New User created: {name}"));
            session.tell("New User Added...Going to Login");
            login(session, wrong_passwords, Some(&created))
        }
        Err(NotKept::TooLate) => {
            session.log.request(Kind::Registration, format_args!("{name} exists already"));
            session.tell("Somebody created the User before you did...");
            Err(Stop::Back)
        }
        Err(_) => {
            session.log.request(Kind::Registration, format_args!("{name} could not be saved"));
            session.tell(
                "The user could not be saved on the server, and was not created; tell who runs it",
            );
            Err(Stop::Back)
        }
    }
}

fn login(
    session: &mut Session,
    wrong_passwords: &mut u32,
    just_created: Option<&JustCreated>,
) -> Result<(UserName, SignedIn), Stop> {
    let shared = session.shared;
    loop {
        let name = session.ask("LOGIN\nPlease write your Username:")?;
        let password = session.ask_password("Please write your Password:")?;
        // A name that breaks the rule goes on like an unknown user.
        let name = UserName::parse(&name).ok();
        let verified = password
            .and_then(|password| shared.store.verify(name.as_ref(), &password, just_created));
        let signed_in = match verified {
            Some(verified) => take_place(session, verified)?,
            None => None,
        };
        let Some((user, signed_in)) = signed_in else {
            *wrong_passwords += 1;
            session.log.request(Kind::Login, "wrong user or password");
            if *wrong_passwords >= MAX_WRONG_PASSWORDS {
                return Err(Ended::TooManyWrongPasswords.into());
            }
            if session.ask_yes("Wrong Password. Do you Want to Try again? (Y/n)")? {
                continue;
            }
            return Err(Stop::Back);
        };
        session.log.signed_in(&user);
        session.log.request(Kind::Login, "signed in");
        shared.console.show(format_args!("New User logged in: {user}"));
        return Ok((user, signed_in));
    }
}

/// Signs a user in, also in the place of another session. `None`: meanwhile the account was
/// forgotten or got another password, so the one that was typed is wrong.
fn take_place(
    session: &mut Session,
    verified: Verified,
) -> Result<Option<(UserName, SignedIn)>, Stop> {
    let shared = session.shared;
    let user = &verified.name;
    loop {
        // In this order: `forget` removes the account first and ends the session then. So either
        // we see here that the account is gone, or it sees our session.
        let signed_in = shared.presence.sign_in(user, session.number, session.outbox);
        if !shared.store.is_still_right(&verified) {
            return Ok(None);
        }
        if let Ok(signed_in) = signed_in {
            return Ok(Some((verified.name, signed_in)));
        }
        session.log.request(Kind::Login, format_args!("{user} is signed in elsewhere"));
        let question = "User Already signed in... Do you want to take over that session? (Y/n)";
        if !session.ask_yes(question)? {
            return Err(Stop::Back);
        }
        if shared.store.is_still_right(&verified) {
            shared.presence.expel(user, "Signed in from another place");
        }
    }
}
