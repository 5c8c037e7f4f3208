//! OAuth 2.0 with Clio: the code flow, refresh and deauthorize.
//!
//! The protocol is the `oauth2` crate's. Here stand Clio's endpoints, which lie
//! on the region's own host, and what each answer means. Clio's token endpoint
//! wants the application's secret in the form. PKCE is sent; Clio does not
//! document it, and ignores it at worst.
//!
//! What must stay true: a code is exchanged only for the state that asked for
//! it; neither a message nor `Debug` shows a code, a token or a secret.

mod authorization;
mod error;
#[cfg(feature = "vault")]
mod keep;
#[cfg(feature = "vault")]
mod provider;
#[cfg(feature = "vault")]
mod saved;

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::url::form_urlencoded;
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, PkceCodeChallenge, RedirectUrl,
    RefreshToken, TokenResponse as _, TokenUrl,
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::connection::AccessToken;
use crate::egress::network::Network;
use crate::origin::Origin;
use error::{by_status, unavailable, understood};

pub use authorization::{Authorization, Code};
pub use error::OAuthError;
#[cfg(feature = "vault")]
pub use keep::{Consent, DisconnectError, SaveError, disconnect, save};
#[cfg(feature = "vault")]
pub use provider::SavedTokens;

/// An application that is registered with Clio: one for each region.
#[derive(Clone)]
pub struct ClientCredentials {
    /// Its public identifier.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Tokens as Clio issued them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Tokens {
    /// The access token.
    pub access: SecretString,
    /// A refresh token, where the answer carries one.
    pub refresh: Option<SecretString>,
    /// How long the access token lives, where the answer says.
    pub life: Option<Duration>,
    /// When the answer came.
    pub issued: SystemTime,
}

/// The OAuth endpoints of one region, for one application.
#[derive(Debug, Clone)]
pub struct OAuth {
    origin: Origin,
    client: ClientCredentials,
    network: Network,
}

type Endpoints =
    BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

impl OAuth {
    /// The endpoints of an origin.
    #[must_use]
    pub fn new(origin: Origin, client: ClientCredentials, network: Network) -> Self {
        Self {
            origin,
            client,
            network,
        }
    }

    /// The origin.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The page on which Clio shows the code to copy, for machines without a
    /// browser.
    #[must_use]
    pub fn approval_uri(&self) -> String {
        format!("{}/oauth/approval", self.origin)
    }

    /// Begins an attempt to connect.
    ///
    /// # Errors
    /// When the redirect address is no URL.
    pub fn authorize(&self, redirect_uri: &str) -> Result<Authorization, OAuthError> {
        let redirect =
            RedirectUrl::new(redirect_uri.to_owned()).map_err(|_| OAuthError::RedirectUri)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state) = self
            .endpoints()?
            .set_redirect_uri(redirect.clone())
            .authorize_url(CsrfToken::new_random)
            .set_pkce_challenge(challenge)
            // Else a person who declines ends on a page of Clio's, and the one
            // who waits here learns nothing.
            .add_extra_param("redirect_on_decline", "true")
            .url();
        Ok(Authorization {
            url,
            redirect_uri: redirect,
            state,
            verifier,
        })
    }

    /// Exchanges a code for tokens.
    ///
    /// # Errors
    /// When Clio refuses or cannot be asked. The code may then be used up.
    pub async fn exchange(
        &self,
        authorization: Authorization,
        code: Code,
    ) -> Result<Tokens, OAuthError> {
        let answer = self
            .endpoints()?
            .set_redirect_uri(authorization.redirect_uri)
            .exchange_code(AuthorizationCode::new(code.0.expose_secret().to_owned()))
            .set_pkce_verifier(authorization.verifier)
            .request_async(self)
            .await;
        answer.map(|answer| tokens(&answer)).map_err(understood)
    }

    /// Asks for another access token. A refresh token of Clio Manage may be
    /// used again; the answer may all the same carry another one, which then
    /// counts.
    ///
    /// # Errors
    /// When Clio refuses or cannot be asked.
    pub async fn refresh(&self, refresh_token: &SecretString) -> Result<Tokens, OAuthError> {
        let answer = self
            .endpoints()?
            .exchange_refresh_token(&RefreshToken::new(refresh_token.expose_secret().to_owned()))
            .request_async(self)
            .await;
        answer.map(|answer| tokens(&answer)).map_err(understood)
    }

    /// Takes back the consent at Clio, and with it every token of it. Returns
    /// whether Clio knew the token.
    ///
    /// # Errors
    /// When Clio refuses or cannot be asked.
    pub async fn deauthorize(&self, access_token: &SecretString) -> Result<bool, OAuthError> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", access_token.expose_secret())
            .finish();
        let bearer = AccessToken::from(access_token.clone());
        let bearer = bearer
            .authorization()
            .map_err(|_| OAuthError::InvalidGrant)?;
        let mut request = Request::new(Bytes::from(form));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = http::Uri::from_static("/oauth/deauthorize");
        let fields = request.headers_mut();
        fields.insert(header::AUTHORIZATION, bearer);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        fields.insert(header::CONTENT_TYPE, form);
        let answer = self.network.send(&self.origin, request).await;
        let answer = answer.map_err(unavailable)?;
        match answer.status() {
            status if status.is_success() && !is_page(&answer) => Ok(true),
            StatusCode::UNAUTHORIZED => Ok(false),
            status => Err(by_status(status)),
        }
    }

    fn endpoints(&self) -> Result<Endpoints, OAuthError> {
        let endpoint = |path: &str| format!("{}{path}", self.origin);
        let authorize = AuthUrl::new(endpoint("/oauth/authorize"));
        let token = TokenUrl::new(endpoint("/oauth/token"));
        let (Ok(authorize), Ok(token)) = (authorize, token) else {
            return Err(OAuthError::RedirectUri);
        };
        let secret = self.client.secret.expose_secret().to_owned();
        Ok(BasicClient::new(ClientId::new(self.client.id.clone()))
            .set_client_secret(ClientSecret::new(secret))
            .set_auth_uri(authorize)
            .set_token_uri(token)
            .set_auth_type(AuthType::RequestBody))
    }

    /// Sends a request of the protocol. An answer that is none of OAuth's is an
    /// error here: the crate would report its text.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, OAuthError> {
        let answer = self.network.send(&self.origin, request.map(Bytes::from));
        let answer = answer.await.map_err(unavailable)?;
        let status = answer.status();
        let json = serde_json::from_slice::<serde::de::IgnoredAny>(answer.body()).is_ok();
        if json && (status == StatusCode::OK || status.is_client_error()) && status != 429 {
            return Ok(answer.map(|body| body.to_vec()));
        }
        Err(by_status(status))
    }
}

impl<'c> AsyncHttpClient<'c> for OAuth {
    type Error = OAuthError;
    type Future = BoxFuture<'c, Result<HttpResponse, OAuthError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// Whether an answer without an error is a page of something in between, such
/// as the sign-in of a guest network: Clio's is empty or JSON.
fn is_page(answer: &Response<Bytes>) -> bool {
    let body = answer.body().trim_ascii();
    let kind = answer.headers().get(header::CONTENT_TYPE);
    let html = kind.is_some_and(|kind| {
        let kind = kind.as_bytes().trim_ascii_start();
        let begins = kind.get(.."text/html".len());
        begins.is_some_and(|begins| begins.eq_ignore_ascii_case(b"text/html"))
    });
    let json = || serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
    // An answer without a body may name any type.
    !body.is_empty() && (html || !json())
}

fn tokens(answer: &BasicTokenResponse) -> Tokens {
    let secret = |text: &str| SecretString::from(text.to_owned());
    Tokens {
        access: secret(answer.access_token().secret()),
        refresh: answer.refresh_token().map(|token| secret(token.secret())),
        life: answer.expires_in(),
        issued: SystemTime::now(),
    }
}

#[cfg(test)]
mod tests;
