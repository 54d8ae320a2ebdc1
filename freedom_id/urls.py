from django.urls import path, re_path

from freedom_id.views import authorize, consent, delivery_report, devices, end_session, logo, me, receipts, sign_in

app_name = "freedom_id"
urlpatterns = [
    path("oauth2/authorize", authorize.authorize, name="authorize"),
    path("oauth2/logout", end_session.end_session, name="end_session"),
    path("oauth2/logout/confirm", end_session.confirm, name="confirm_end_session"),
    re_path(r"^login/?$", sign_in.identify, name="sign_in"),
    path("login/password", sign_in.password, name="password"),
    path("login/code", sign_in.code, name="code"),
    path("login/code/send", sign_in.send_code, name="send_code"),
    path("logout", sign_in.leave, name="sign_out"),
    path("consent", consent.consent, name="consent"),
    path("partners/<uuid:client_id>/logo.png", logo.logo, name="logo"),
    path("channels/<slug:gateway>/receipts/<str:token>", delivery_report.delivery_report, name="delivery_report"),
    path("me/", me.home, name="home"),
    path("me/apps/", me.apps, name="apps"),
    path("me/apps/<uuid:authorization_id>/", me.app, name="app"),
    path("me/apps/<uuid:authorization_id>/withdraw/", me.withdraw, name="withdraw"),
    path("me/devices/", devices.devices, name="devices"),
    path("me/devices/trust/", devices.trust_this_browser, name="trust_browser"),
    path("me/devices/sign-out/", devices.sign_out_all, name="sign_out_all"),
    path("me/devices/<uuid:device_id>/sign-out/", devices.sign_out_one, name="sign_out_device"),
    path("me/approvals/", devices.approvals, name="approvals"),
    path("me/approvals/<uuid:challenge_id>/", devices.answer, name="answer_approval"),
    path("me/receipts/<uuid:receipt_id>/", receipts.receipt, name="receipt"),
    path("me/receipts/<uuid:receipt_id>.json", receipts.download, name="receipt_file"),
]
