# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no skill should say: patterns of text, each with the attack behind it. The table is the documentation."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Bounded everywhere, so that no text makes them slow.
_FETCH = r"\b(?:curl|wget|fetch|iwr|invoke-webrequest|invoke-restmethod|irm)\b"
_SHELL = r"(?:sudo\s+)?(?:/(?:usr/)?bin/)?(?:env\s+)?(?:ba|z|da|k|fi)?sh\b"
_RUNNER = rf"(?:{_SHELL}|(?:sudo\s+)?(?:python[0-9.]*|node|perl|ruby|php|iex|invoke-expression|osascript)\b)"
_ANY = r"[^\n]{0,300}?"


@dataclass(frozen=True)
class TextRule:
    """A finding for each line on which the pattern begins."""

    id: str
    severity: str
    pattern: re.Pattern[str]
    message: str


def _rule(id: str, severity: str, message: str, *patterns: str) -> TextRule:
    return TextRule(id, severity, re.compile("|".join(patterns), re.IGNORECASE), message)


TEXT_RULES: tuple[TextRule, ...] = (
    _rule(
        "pipe-to-shell",
        "critical",
        "runs what it downloads",
        rf"{_FETCH}{_ANY}\|\s*{_RUNNER}",
        rf"{_RUNNER}\s+(?:-[a-z]+\s+)?[\"'`]?(?:<\(|\$\()\s*{_FETCH}",
        rf"\beval\s+[\"'`]?\$?\(?\s*`?{_FETCH}",
        r"\b(?:iex|invoke-expression)\b[^\n]{0,80}\bdownloadstring\b",
    ),
    _rule(
        "decode-and-run",
        "critical",
        "runs what it decodes",
        rf"\bbase64\s+(?:-d|-D|--decode)\b{_ANY}\|\s*{_RUNNER}",
        rf"\bxxd\s+-r\b{_ANY}\|\s*{_RUNNER}",
        r"\b(?:exec|eval)\s*\(\s*(?:compile\s*\(\s*)?(?:base64\.|codecs\.|zlib\.|bytes\.fromhex|atob\s*\(|buffer\.from\s*\()",
        r"\bpowershell(?:\.exe)?\b[^\n]{0,80}\s-e(?:nc|ncodedcommand)?\s",
        r"\bstring\.fromcharcode\s*\((?:\s*\d+\s*,){8,400}",
    ),
    _rule(
        "reverse-shell",
        "critical",
        "opens a shell to somebody else",
        r"/dev/(?:tcp|udp)/",
        r"\b(?:nc|ncat|netcat)\b[^\n]{0,80}\s-[a-z]{0,4}[ec]\b",
        r"\bmkfifo\b[^\n]{0,200}\|\s*(?:nc|ncat|netcat|openssl)\b",
        r"\bsocat\b[^\n]{0,120}\bexec:",
        r"\bos\.dup2\s*\([^\n]{0,60}fileno",
        r"\bpty\.spawn\s*\(",
        r"\bnet\.(?:connect|socket)\b[^\n]{0,200}child_process",
    ),
    _rule(
        "whole-environment",
        "critical",
        "reads every variable of the environment, keys included",
        r"json\.(?:stringify|dumps)\s*\(\s*(?:dict\s*\(\s*)?(?:process\.env|os\.environ)\s*[,)]",
        r"object\.(?:entries|keys|values)\s*\(\s*process\.env\s*\)",
        r"\b(?:os\.environ\.(?:items|copy|values)\s*\(|dict\s*\(\s*os\.environ\s*\))",
        r"/proc/(?:self|1|\*|\$\$)/environ",
        r"(?:^|[\s;&|(`\"'])(?:env|printenv|export\s+-p|set)\s*(?:\|\s*(?:curl|wget|nc|base64|gzip|openssl)|>{1,2}\s*\S)",
        r"(?:--data(?:-binary|-raw)?|-d|--post-data)[= ][\"'@]{0,2}\$\(\s*(?:env|printenv|cat\s+[^\n)]{0,60}\.env)\b",
    ),
    _rule(
        "credential-files",
        "critical",
        "names files that hold credentials",
        r"\.aws/credentials\b",
        r"\bid_(?:rsa|ed25519|ecdsa)\b(?!\.pub)",
        r"\.kube/config\b",
        r"/var/run/secrets/",
        r"\.(?:netrc|git-credentials|pgpass|npmrc|pypirc)\b",
        r"\.docker/config\.json\b",
        r"\blogin\.keychain",
        r"\bwallet\.dat\b",
        r"/(?:login data|cookies\.sqlite|logins\.json)\b",
    ),
    _rule(
        "ssh-folder",
        "high",
        "names the folder of SSH keys",
        r"(?:~|\$home|\$\{home\}|/root|/home/[^/\s]+)/\.ssh\b",
        r"authorized_keys\b",
    ),
    _rule("env-file", "high", "names a file of secrets", r"(?<![\w.])\.env(?:\.(?:local|production|prod))?(?![\w.-])"),
    _rule(
        "agent-files",
        "high",
        "names files that make the agent what it is",
        r"\b(?:SOUL|MEMORY|IDENTITY|HEARTBEAT|BOOTSTRAP)\.md\b",
        r"\bopenclaw\.json\b",
    ),
    _rule(
        "agent-settings",
        "high",
        "changes the settings or the skills of the agent",
        r"\bopenclaw\s+(?:config\s+(?:set|patch|unset)|skills?\s+(?:install|update)|plugins?\s+(?:install|enable))\b",
        r"\bclawhub\s+(?:install|update)\b",
    ),
    _rule(
        "persistence",
        "high",
        "arranges to be run again",
        r"\bcrontab\s+-",
        r"\b(?:launchctl\s+load|systemctl\s+(?:--user\s+)?enable|schtasks\s+/create)\b",
        r">>\s*[\"']?(?:~|\$home|\$\{home\})/\.(?:bash|zsh)(?:rc|_profile)\b",
        r">>\s*[\"']?(?:~|\$home|\$\{home\})/\.profile\b",
        r"/etc/(?:cron|rc\.local|systemd)",
    ),
    _rule(
        "drop-box",
        "high",
        "speaks to a service that is known for collecting stolen data",
        r"\b(?:webhook\.site|requestbin\.|pipedream\.net|ngrok(?:-free)?\.(?:io|app)|transfer\.sh|file\.io|0x0\.st|pastebin\.com)",
        r"\b(?:oast\.(?:fun|me|pro|live|site)|interact\.sh|burpcollaborator\.net|beeceptor\.com|glot\.io|rentry\.co)\b",
        r"discord(?:app)?\.com/api/webhooks/",
        r"api\.telegram\.org/bot",
    ),
    _rule(
        "prompt-override",
        "critical",
        "tells the agent to forget its orders or to hide something from its user",
        r"\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}\b(?:previous|prior|above|earlier|other|system)\b[^.\n]{0,30}"
        r"\b(?:instructions?|prompts?|rules|orders|guidelines)\b",
        r"\b(?:do\s+not|don't|never)\s+(?:tell|inform|mention|show|reveal|notify|alert)\b[^.\n]{0,40}"
        r"\b(?:the\s+)?(?:user|human|operator|owner)\b",
        r"\b(?:do\s+not|don't|never)\s+ask\b[^.\n]{0,30}\b(?:permission|confirmation|approval|consent|first)\b",
        r"\bwithout\s+(?:asking|telling|informing|notifying|alerting)\s+(?:the\s+)?(?:user|human|operator|owner)\b",
        r"\b(?:secretly|silently|covertly|quietly)\s+(?:send|upload|post|copy|forward|run|execute|install|read|append|transmit)\b",
        r"\b(?:disable|bypass|skip|turn\s+off)\b[^.\n]{0,30}\b(?:approvals?|sandbox|safety|guardrails?|confirmations?)\b",
        r"\byou\s+(?:are\s+now|must\s+now\s+act\s+as)\b[^.\n]{0,60}\b(?:unrestricted|jailbroken|developer\s+mode|no\s+rules)\b",
    ),
    _rule(
        "exfiltration",
        "critical",
        "tells the agent to send away what it knows of its user",
        r"\b(?:send|upload|post|forward|transmit|exfiltrate)\b[^.\n]{0,80}\b(?:api[\s_-]?keys?|tokens?|passwords?|credentials?"
        r"|secrets?|private\s+keys?|conversation(?:\s+history)?|chat\s+history|seed\s+phrase)\b[^.\n]{0,80}\bto\b"
        r"[^.\n]{0,40}(?:https?://|@|\bendpoint|\bserver|\bwebhook)",
    ),
    _rule(
        "archive-password",
        "high",
        "hides what it downloads behind a password",
        r"\b(?:password|passphrase)[\s-]+protected\s+(?:zip|archive|rar|7z)",
        r"\bunzip\s+[^\n]{0,40}-P\b",
        r"\b7z\s+[ex]\s+[^\n]{0,60}-p\S",
        r"\b(?:extract|unzip|archive|zip)\b[^.\n]{0,60}\bpass(?:word|phrase)\s*[:=]?\s*[\"'`(]",
    ),
    _rule(
        "download-program",
        "high",
        "has a program downloaded",
        r"https?://[^\s\"'<>)]{1,300}\.(?:exe|msi|dmg|pkg|scr|bat|ps1|appimage|deb|rpm|jar|apk)\b",
        rf"\bchmod\s+\+?[0-7x]{{1,4}}{_ANY}&&\s*\./",
        r"\bxattr\s+-[a-z]*[cd]\b",
    ),
    _rule(
        "encoded-blob",
        "high",
        "holds a long encoded text that nobody can read",
        r"(?<![A-Za-z0-9+/=_-])(?=[A-Za-z0-9+/_-]{0,200}[0-9])(?=[A-Za-z0-9+/_-]{0,200}[a-z])[A-Za-z0-9+/_-]{200,}={0,2}",
        r"(?:\\x[0-9a-f]{2}){40,}",
    ),
    _rule(
        "credential",
        "high",
        "holds what looks like a key",
        r"\bAKIA[0-9A-Z]{16}\b",
        r"\bgh[pousr]_[A-Za-z0-9]{36}",
        r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}",
        r"\bxox[abprs]-[A-Za-z0-9-]{20,}",
        r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
    ),
    _rule(
        "metadata-service",
        "critical",
        "asks where clouds keep credentials",
        r"\b169\.254\.169\.254\b",
        r"\bmetadata\.google\.internal\b",
        r"\bfd00:ec2::254\b",
    ),
    _rule(
        "address",
        "high",
        "speaks to an address without a name",
        r"\b(?:https?|ftp|wss?)://(?!127\.|0\.0\.0\.0|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.)"
        r"(?:\d{1,3}\.){3}\d{1,3}\b",
        r"\b(?:https?|wss?)://(?:0x[0-9a-f]{6,8}|\d{8,10})(?=[/:\s])",
        r"\b(?:https?|wss?)://\[(?!::1\])[0-9a-f:]{3,39}\]",
    ),
    _rule(
        "hidden-comment",
        "medium",
        "speaks to the agent in a comment that a reader of the page does not see",
        r"<!--(?:(?!-->)[\s\S]){0,2000}?\b(?:you\s+must|agent|assistant|always|execute|run)\b",
    ),
)
