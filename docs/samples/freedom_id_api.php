<?php
// Sign a person in with Freedom ID and read what she shares: the partner API. PHP 8.1 or later with curl, no packages.
//
// Serve this file at the redirect address that you registered. Without a query it sends the visitor to Freedom ID;
// when she comes back it shows what she shares. FREEDOM_ID, CLIENT_ID, SECRET and REDIRECT_URI are in the environment.

declare(strict_types=1);

session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax', 'cookie_secure' => true]);

final class Refused extends RuntimeException
{
}

function basic(): string
{
    return 'Basic ' . base64_encode(getenv('CLIENT_ID') . ':' . getenv('SECRET'));
}

function base64url(string $bytes): string
{
    return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
}

// Throws Refused with the code of the error table; without one (0) the message tells the fields.
function call(string $method, string $path, string $authorization, ?array $body = null): array
{
    $curl = curl_init(getenv('FREEDOM_ID') . '/api/v1/oauth' . $path);
    curl_setopt_array($curl, [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_HTTPHEADER => ['Authorization: ' . $authorization, 'Content-Type: application/json'],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 10,
    ]);
    if ($body !== null) {
        curl_setopt($curl, CURLOPT_POSTFIELDS, json_encode($body, JSON_THROW_ON_ERROR));
    }
    $answer = curl_exec($curl);
    if ($answer === false) {
        throw new RuntimeException(curl_error($curl));
    }
    $said = json_decode($answer, true, 32, JSON_THROW_ON_ERROR);
    if (curl_getinfo($curl, CURLINFO_RESPONSE_CODE) === 200) {
        return $said;
    }
    $error = $said['error'];
    $fields = isset($error['errors']) ? ' ' . json_encode($error['errors']) : '';
    throw new Refused($error['message'] . $fields, $error['code'] ?? 0);
}

// Link: the address of the sign-in page. What must be known afterwards stays in the session.
function begin(): string
{
    $_SESSION['state'] = base64url(random_bytes(32));
    $_SESSION['code_verifier'] = base64url(random_bytes(32));
    $link = call('POST', '/authorize', basic(), [
        'redirect_uri' => getenv('REDIRECT_URI'),
        'grants' => ['read.firstname', 'read.phone'],
        'state' => $_SESSION['state'],
        'code_challenge' => base64url(hash('sha256', $_SESSION['code_verifier'], true)),
        'code_challenge_method' => 'S256',
    ]);
    return $link['redirect_uri'];
}

// Token: from the query with which the visitor came back to id, access_token, refresh_token and grants.
function finish(array $back): array
{
    ['state' => $state, 'code_verifier' => $verifier] = $_SESSION + ['state' => '', 'code_verifier' => ''];
    unset($_SESSION['state'], $_SESSION['code_verifier']);
    $ours = $state !== '' && hash_equals($state, (string) ($back['state'] ?? ''));
    if (!$ours || ($back['iss'] ?? '') !== getenv('FREEDOM_ID')) {
        throw new RuntimeException('This answer belongs to another visitor, or is not from Freedom ID.');
    }
    if (isset($back['error_code'])) {
        throw new Refused((string) $back['error'], (int) $back['error_code']);
    }
    $code = ['authorization_code' => $back['authorization_code'], 'code_verifier' => $verifier];
    return call('POST', '/token', basic(), $code);
}

// New tokens. Keep them before you use them: the former refresh token is spent.
function refresh(string $refreshToken): array
{
    return call('PATCH', '/token', 'Bearer ' . $refreshToken);
}

if (!isset($_GET['state'])) {
    header('Location: ' . begin(), true, 303);
    exit;
}
$tokens = finish($_GET);
session_regenerate_id(true);
$_SESSION['refresh_token'] = $tokens['refresh_token'];
$person = call('GET', '/user', 'Bearer ' . $tokens['access_token']);
echo 'Welcome, ' . htmlspecialchars($person['firstname'] ?? 'customer');
