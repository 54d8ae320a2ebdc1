// Sign a person in from an Android app: OpenID Connect with PKCE in the browser, by AppAuth for Android.
//
//     implementation("net.openid:appauth:0.11.1")
//     android { defaultConfig { manifestPlaceholders["appAuthRedirectScheme"] = "com.example.shop" } }
//
// The client is registered as native, without a secret, and with REDIRECT_URI. AppAuth makes state, nonce and PKCE,
// and checks the ID token's claims.

package com.example.shop

import android.net.Uri
import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.result.contract.ActivityResultContracts
import net.openid.appauth.AuthState
import net.openid.appauth.AuthorizationException
import net.openid.appauth.AuthorizationRequest
import net.openid.appauth.AuthorizationResponse
import net.openid.appauth.AuthorizationService
import net.openid.appauth.AuthorizationServiceConfiguration
import net.openid.appauth.ResponseTypeValues
import org.json.JSONObject
import java.net.HttpURLConnection
import java.net.URL
import kotlin.concurrent.thread

private val ISSUER = Uri.parse("https://id.example")
private val REDIRECT_URI = Uri.parse("com.example.shop:/callback")
private const val CLIENT_ID = "your client_id"

class SignInActivity : ComponentActivity() {
    private lateinit var service: AuthorizationService
    private var state = AuthState() // keep state.jsonSerializeString() in encrypted storage

    private val browser = registerForActivityResult(ActivityResultContracts.StartActivityForResult()) { result ->
        val data = result.data ?: return@registerForActivityResult
        finishSignIn(AuthorizationResponse.fromIntent(data), AuthorizationException.fromIntent(data))
    }

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        service = AuthorizationService(this)
    }

    override fun onDestroy() {
        service.dispose()
        super.onDestroy()
    }

    fun beginSignIn() {
        AuthorizationServiceConfiguration.fetchFromIssuer(ISSUER) { provider, error ->
            if (provider == null) return@fetchFromIssuer refused(error)
            val request = AuthorizationRequest.Builder(provider, CLIENT_ID, ResponseTypeValues.CODE, REDIRECT_URI)
                .setScopes("openid", "profile", "phone", "offline_access")
                .build()
            browser.launch(service.getAuthorizationRequestIntent(request))
        }
    }

    private fun finishSignIn(response: AuthorizationResponse?, error: AuthorizationException?) {
        state.update(response, error)
        if (response == null) return refused(error) // access_denied: the person said no
        service.performTokenRequest(response.createTokenExchangeRequest()) { tokens, refusal ->
            state.update(tokens, refusal)
            if (tokens == null) refused(refusal) else readShared()
        }
    }

    /** What the person shares at this moment; AppAuth refreshes the tokens first when that is due. */
    private fun readShared() {
        state.performActionWithFreshTokens(service) { accessToken, _, error ->
            if (accessToken == null) return@performActionWithFreshTokens refused(error)
            val address = state.authorizationServiceConfiguration!!.discoveryDoc!!.userinfoEndpoint.toString()
            thread {
                val connection = URL(address).openConnection() as HttpURLConnection
                connection.setRequestProperty("Authorization", "Bearer $accessToken")
                val shared = JSONObject(connection.inputStream.bufferedReader().use { it.readText() })
                runOnUiThread { title = shared.optString("name") }
            }
        }
    }

    private fun refused(error: AuthorizationException?) {
        title = error?.errorDescription ?: "Not signed in"
    }
}
