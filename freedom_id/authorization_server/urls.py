from django.urls import path

from freedom_id.authorization_server import endpoints

app_name = "authorization_server"
urlpatterns = [
    path("oauth2/userinfo", endpoints.userinfo, name="userinfo"),
    path("oauth2/token", endpoints.token, name="token"),
    path("oauth2/par", endpoints.push, name="push"),
    path("oauth2/introspect", endpoints.introspect, name="introspect"),
    path("oauth2/revoke", endpoints.revoke, name="revoke"),
    path(".well-known/openid-configuration", endpoints.discovery, name="discovery"),
    path(".well-known/oauth-authorization-server", endpoints.discovery, name="metadata"),
    path(".well-known/oauth-protected-resource", endpoints.protected_resource, name="protected_resource"),
    path(".well-known/jwks.json", endpoints.jwks, name="jwks"),
    path(".well-known/assetlinks.json", endpoints.assetlinks, name="assetlinks"),
    path(".well-known/apple-app-site-association", endpoints.apple_association, name="apple_association"),
]
