// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/secretnames.h"

#include "core/config/valuereader.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

namespace trace {

namespace {

using Words = std::span<const std::string_view>;

constexpr std::size_t longestName = 128;

// Secrets by themselves, also at the end of a longer word: dbpassword, clientsecret.
constexpr auto endings = std::to_array<std::string_view>(
    {"password",  "passwords", "passwort",   "passwd",      "passphrase", "passcode",     "pwd",
     "secret",    "secrets",   "credential", "credentials", "apikey",     "apikeys",      "token",
     "secretkey", "accesskey", "privatekey", "signingkey",  "authkey",    "encryptionkey"});
constexpr auto whole = std::to_array<std::string_view>({"creds", "jwt", "jsessionid", "phpsessid"});
// Before "key". Not "s3": its key is an object's name.
constexpr auto keys = std::to_array<std::string_view>(
    {"api",           "access",       "secret",    "private",   "priv",     "encryption",
     "encrypt",       "decryption",   "signing",   "signature", "master",   "auth",
     "account",       "shared",       "license",   "licence",   "app",      "application",
     "ssh",           "gpg",          "pgp",       "hmac",      "jwt",      "aes",
     "session",       "webhook",      "deploy",    "admin",     "root",     "subscription",
     "authorization", "datadog",      "dd",        "grafana",   "loki",     "openai",
     "anthropic",     "stripe",       "sendgrid",  "mailgun",   "twilio",   "github",
     "gitlab",        "slack",        "google",    "azure",     "newrelic", "sentry",
     "aws",           "gcp",          "paypal",    "square",    "firebase", "heroku",
     "cloudflare",    "algolia",      "pusher",    "segment",   "maps",     "client",
     "consumer",      "fernet",       "storage",   "rsa",       "dsa",      "ecdsa",
     "ed25519",       "ssl",          "tls",       "crypt",     "crypto",   "service",
     "bot",           "shopify",      "mailchimp", "postmark",  "mapbox",   "mixpanel",
     "amplitude",     "rollbar",      "bugsnag",   "honeycomb", "elastic",  "splunk",
     "pagerduty",     "zendesk",      "intercom",  "telegram",  "discord",  "vercel",
     "netlify",       "digitalocean", "cohere",    "mistral",   "gemini",   "huggingface",
     "replicate",     "pinecone",     "recaptcha", "youtube"});
// Of these, not in front of a "key" that is a word by itself: many other keys are.
constexpr auto vague = std::to_array<std::string_view>(
    {"app", "application", "session", "segment", "client", "service", "storage", "maps", "square",
     "bot", "consumer", "crypt", "crypto", "rsa", "dsa", "ecdsa", "ed25519", "ssl", "tls"});
// Before "tokens"; others are counted.
constexpr auto manyTokens = std::to_array<std::string_view>(
    {"access", "auth", "api", "refresh", "session", "bearer", "secret", "oauth", "csrf"});
// Before "token": of a text or a list, no secret.
constexpr auto otherTokens = std::to_array<std::string_view>(
    {"next",   "page",   "continuation", "sequence", "sync",    "cursor",
     "resume", "cancel", "cancellation", "stop",     "eos",     "bos",
     "pad",    "unk",    "sep",          "cls",      "mask",    "special",
     "end",    "start",  "first",        "last",     "current", "unexpected"});
// Before "pass" and "pw"; a pass is also what a test does.
constexpr auto passes = std::to_array<std::string_view>(
    {"db",    "database", "user",     "usr",   "mysql", "postgres", "pg",         "pgsql",  "redis",
     "mongo", "mongodb",  "amqp",     "smtp",  "mail",  "email",    "imap",       "ftp",    "sftp",
     "ssh",   "ldap",     "bind",     "admin", "root",  "login",    "auth",       "basic",  "http",
     "proxy", "account",  "wifi",     "vpn",   "sudo",  "keystore", "truststore", "store",  "key",
     "cert",  "svc",      "service",  "app",   "api",   "master",   "sql",        "oracle", "jdbc",
     "git",   "docker",   "registry", "my",    "old",   "new"});
// Before a "pass" of a text, or the end of such a word: of what goes over something.
constexpr auto otherPasses = std::to_array<std::string_view>(
    {"first", "second", "third", "final", "last", "next", "single", "test", "render", "compiler",
     "forward", "backward", "boarding"});
constexpr auto endingsOfWork = std::to_array<std::string_view>({"ing", "izer", "tion", "sis"});
// Behind "pass": one word, written as two.
constexpr auto afterPass =
    std::to_array<std::string_view>({"word", "words", "wort", "wd", "phrase", "code"});
// Behind a secret's name: what is told of it.
constexpr auto about = std::to_array<std::string_view>(
    {"id",       "ids",       "name",      "names",       "type",      "types",      "kind",
     "count",    "counts",    "size",      "sizes",       "length",    "len",        "limit",
     "limits",   "max",       "min",       "total",       "totals",    "used",       "usage",
     "left",     "remaining", "expiry",    "expires",     "expired",   "expiration", "exp",
     "ttl",      "age",       "at",        "in",          "until",     "date",       "time",
     "url",      "uri",       "link",      "endpoint",    "host",      "path",       "file",
     "filename", "dir",       "policy",    "policies",    "rule",      "rules",      "required",
     "optional", "reset",     "changed",   "change",      "updated",   "created",    "strength",
     "attempts", "attempt",   "retries",   "field",       "label",     "hint",       "prompt",
     "enabled",  "disabled",  "present",   "missing",     "valid",     "invalid",    "status",
     "state",    "method",    "mode",      "provider",    "version",   "algorithm",  "alg",
     "format",   "index",     "rate",      "budget",      "window",    "ms",         "seconds",
     "error",    "errors",    "ok",        "rotation",    "rotated",   "manager",    "store",
     "bucket",   "ring",      "stream",    "class",       "parser",    "factory",    "handler",
     "reader",   "writer",    "filter",    "validator",   "generator", "check",      "checked",
     "verified", "ref",       "reference", "arn",         "alias",     "source",     "scope",
     "scopes",   "audience",  "issuer",    "ratio",       "cost",      "per",        "consent",
     "banner",   "domain",    "jar",       "placeholder", "service",   "server",     "lifetime",
     "position", "set",       "unset",     "less",        "match",     "matches",    "needed",
     "bits"});
// At the begin of a name: a question or a number.
constexpr auto asking = std::to_array<std::string_view>(
    {"is",  "has",     "needs", "requires", "require", "show",   "hide",
     "num", "max",     "min",   "total",    "allow",   "forgot", "enable",
     "no",  "without", "skip",  "disable",  "ask",     "prompt"});

bool isOneOf(std::string_view word, Words words)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool isUpper(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool isLower(char c)
{
    return c >= 'a' && c <= 'z';
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

//! Whether \a name has a part that any secret's name has; most have none.
bool mayNameSecret(std::string_view name)
{
    constexpr auto parts = std::to_array<std::string_view>(
        {"pass", "pwd", "pw", "secret", "token", "key", "cred", "auth", "cookie", "jwt", "sess"});
    const std::string lower = lowered(name);
    return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
        return lower.find(part) != std::string::npos;
    });
}

//! The words of a name, in lower case and without the numbers behind them.
std::vector<std::string> wordsOf(std::string_view name)
{
    std::vector<std::string> words;
    std::string word;
    const auto finish = [&] {
        while (!word.empty() && isDigit(word.back()))
            word.pop_back();
        if (!words.empty() && words.back() == "pass" && isOneOf(word, afterPass))
            words.back() += word;
        else if (!word.empty())
            words.push_back(std::move(word));
        word.clear();
    };
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        if (!isUpper(c) && !isLower(c) && !isDigit(c) && static_cast<unsigned char>(c) < 0x80) {
            finish();
            continue;
        }
        const bool follows = i > 0 && isUpper(c);
        const bool beginsWord = follows && (isLower(name[i - 1]) || isDigit(name[i - 1]));
        const bool endsAcronym =
            follows && isUpper(name[i - 1]) && i + 1 < name.size() && isLower(name[i + 1]);
        if (beginsWord || endsAcronym)
            finish();
        word += isUpper(c) ? char(c - 'A' + 'a') : c;
    }
    finish();
    return words;
}

//! Whether it ends in "pass" or "pw" behind what has a password: rootpass, dbpw.
bool isPassOfSomething(std::string_view word)
{
    for (const std::string_view ending : {"pass", "pw"}) {
        if (word.ends_with(ending))
            return isOneOf(word.substr(0, word.size() - ending.size()), passes);
    }
    return false;
}

NameKind kindOfWord(const std::vector<std::string> &words, std::size_t place)
{
    const std::string_view word = words[place];
    const std::string_view before = place > 0 ? words[place - 1] : std::string_view();
    const bool isLast = place + 1 == words.size();
    if (word == "authorization")
        return NameKind::Authorization;
    if (word == "cookie" || word == "cookies")
        return isLast && word == "cookie" ? NameKind::Cookie : NameKind::Secret;
    bool isSecret = false;
    if (word == "token")
        isSecret = !isOneOf(before, otherTokens);
    else if (word == "tokens")
        isSecret = isOneOf(before, manyTokens);
    else if (word == "key" || word == "keys")
        isSecret = isOneOf(before, keys);
    else if (word == "pass")
        isSecret = isLast && (place == 0 || isOneOf(before, passes));
    else if (word == "pw")
        isSecret = isLast;
    else if (word == "auth")
        isSecret = isLast && (before == "x" || before == "basic");
    else
        isSecret = word != "oldpwd" && word != "lpwd" &&
                   (isOneOf(word, whole) || (isLast && isPassOfSomething(word)) ||
                    std::any_of(endings.begin(), endings.end(),
                                [&](std::string_view ending) { return word.ends_with(ending); }));
    return isSecret ? NameKind::Secret : NameKind::Harmless;
}

} // namespace

NameKind kindOfName(std::string_view name)
{
    if (name.size() > longestName)
        name.remove_prefix(name.size() - longestName);
    if (!mayNameSecret(name))
        return NameKind::Harmless;
    if (name == "_auth") // npm's
        return NameKind::Secret;
    const std::vector<std::string> words = wordsOf(name);
    if (words.empty() || (words.size() > 1 && isOneOf(words.front(), asking)))
        return NameKind::Harmless;
    for (std::size_t place = words.size(); place-- > 0;) {
        const NameKind kind = kindOfWord(words, place);
        if (kind != NameKind::Harmless)
            return place + 1 == words.size() || kind == NameKind::Secret ? kind : NameKind::Secret;
        if (isOneOf(words[place], about))
            return NameKind::Harmless;
    }
    return NameKind::Harmless;
}

NameKind kindOfName(std::string_view name, std::string_view before)
{
    if (name.size() > 5)
        return kindOfName(name);
    const std::string last = lowered(name);
    const std::string first = lowered(before);
    if (last == "key")
        return isOneOf(first, vague) ? NameKind::Harmless : kindOfName(first + '_' + last);
    if (last == "token" && isOneOf(first, otherTokens))
        return NameKind::Harmless;
    const bool isOfWork = isOneOf(first, otherPasses) ||
                          std::any_of(endingsOfWork.begin(), endingsOfWork.end(),
                                      [&](std::string_view end) { return first.ends_with(end); });
    return last == "pass" && isOfWork ? NameKind::Harmless : kindOfName(name);
}

bool isSecretHeaderName(std::string_view name)
{
    const NameKind kind = kindOfName(name);
    return kind == NameKind::Authorization || kind == NameKind::Cookie ||
           (kind == NameKind::Secret && name.find('-') != std::string_view::npos);
}

bool isNameOfName(std::string_view name)
{
    constexpr auto names = std::to_array<std::string_view>(
        {"name", "key", "field", "param", "parameter", "header", "variable", "var", "env",
         "attribute", "property", "setting", "option", "n", "k"});
    return name.size() <= 9 && isOneOf(lowered(name), names);
}

bool isNameOfValue(std::string_view name)
{
    return name.size() <= 5 && (lowered(name) == "value" || lowered(name) == "val");
}

} // namespace trace
