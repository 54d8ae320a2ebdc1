// Sign a person in from an iOS app: OpenID Connect with PKCE in the browser, by AppAuth for iOS.
//
//     .package(url: "https://github.com/openid/AppAuth-iOS.git", from: "1.7.0")
//
// The client is registered as native, without a secret, and with `redirect`. AppAuth makes state, nonce and PKCE,
// and checks the ID token's claims.

import AppAuth
import UIKit

final class SignIn {
    private let issuer = URL(string: "https://id.example")!
    private let redirect = URL(string: "com.example.shop:/callback")!
    private let clientId = "your client_id"
    private var session: OIDExternalUserAgentSession? // must live until the browser comes back
    private var state: OIDAuthState? // archive it in the keychain

    func begin(from screen: UIViewController, done: @escaping (Result<[String: Any], Error>) -> Void) {
        OIDAuthorizationService.discoverConfiguration(forIssuer: issuer) { provider, error in
            guard let provider else { return done(.failure(error ?? URLError(.badServerResponse))) }
            let request = OIDAuthorizationRequest(
                configuration: provider,
                clientId: self.clientId,
                scopes: [OIDScopeOpenID, OIDScopeProfile, OIDScopePhone, "offline_access"],
                redirectURL: self.redirect,
                responseType: OIDResponseTypeCode,
                additionalParameters: nil
            )
            self.session = OIDAuthState.authState(byPresenting: request, presenting: screen) { state, error in
                guard let state else { return done(.failure(error ?? URLError(.userCancelledAuthentication))) }
                self.state = state
                self.readShared(done: done)
            }
        }
    }

    /// What the person shares at this moment; AppAuth refreshes the tokens first when that is due.
    func readShared(done: @escaping (Result<[String: Any], Error>) -> Void) {
        let provider = state?.lastAuthorizationResponse.request.configuration.discoveryDocument
        guard let state, let address = provider?.userinfoEndpoint else {
            return done(.failure(URLError(.userAuthenticationRequired)))
        }
        state.performAction { accessToken, _, error in
            guard let accessToken else {
                return done(.failure(error ?? URLError(.userAuthenticationRequired)))
            }
            var request = URLRequest(url: address)
            request.setValue("Bearer \(accessToken)", forHTTPHeaderField: "Authorization")
            URLSession.shared.dataTask(with: request) { data, _, error in
                let shared = data.flatMap { try? JSONSerialization.jsonObject(with: $0) as? [String: Any] }
                DispatchQueue.main.async {
                    guard let shared else { return done(.failure(error ?? URLError(.cannotParseResponse))) }
                    done(.success(shared))
                }
            }.resume()
        }
    }
}
