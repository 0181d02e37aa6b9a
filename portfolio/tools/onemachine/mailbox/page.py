"""The mailbox in the browser: a list, newest first, and one mail.

Everything that comes from a mail is escaped.
"""

import re
from html import escape
from urllib.parse import quote

from portfolio.tools.onemachine.mailbox.store import StoredMail

STYLE = """
:root { color-scheme: light dark; --line: #8884; --faint: #777; }
body { font: 16px/1.6 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
  max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.3rem; } h1 small { font-weight: normal; color: var(--faint); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem;
  border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; } time { white-space: nowrap; color: var(--faint); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem;
  border: 1px solid var(--line); }
iframe { width: 100%; height: 32rem; border: 1px solid var(--line); background: #fff; }
form input { font: inherit; width: 20rem; max-width: 100%; }
"""
LINK = re.compile(r"https?://[^\s<>\"'，。；、）】]+")


def list_page(mails: list[StoredMail], total: int, recipient: str) -> str:
    """Returns the list; it looks for new mail by itself."""
    rows = "".join(_row(mail) for mail in mails)
    if not rows:
        rows = '<tr><td colspan="3">还没有邮件。系统发出的每封邮件都会出现在这里。</td></tr>'
    body = f"""
<h1>收件箱 <small>共 {total} 封, 只收不外发</small></h1>
<form><label>收件人 <input name="to" type="search" value="{escape(recipient)}"></label>
<button>筛选</button></form>
<table><thead><tr><th>时间</th><th>收件人</th><th>主题</th></tr></thead><tbody>{rows}</tbody></table>"""
    return _page("收件箱", body, '<meta http-equiv="refresh" content="15">')


def mail_page(mail: StoredMail) -> str:
    """Returns one mail: text, HTML in a frame that may run nothing, attachments, headers."""
    here = f"/mails/{mail.key}"
    parts = []
    if mail.body("html") is not None:
        # The frame may open a link in a new tab, and nothing else: no scripts, no forms, no origin.
        parts.append(
            "<h2>网页格式</h2><iframe sandbox='allow-popups allow-popups-to-escape-sandbox' "
            f"referrerpolicy='no-referrer' src='{here}/html' title='邮件正文'></iframe>"
        )
    text = mail.body("plain")
    if text is not None:
        parts.append(f"<h2>纯文本</h2><pre>{_with_links(text)}</pre>")
    files = "".join(
        f"<li><a href='{here}/attachments/{number}' download='{escape(name)}'>{escape(name)}</a>"
        f" ({len(content)} 字节)</li>"
        for number, (name, content) in enumerate(mail.attachments())
    )
    if files:
        parts.append(f"<h2>附件</h2><ul>{files}</ul>")
    headers = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in mail.all_headers()
    )
    body = f"""
<p><a href="/">← 收件箱</a></p>
<h1>{escape(mail.subject) or "(无主题)"}</h1>
<p>{_time(mail)} 发给 {escape(", ".join(mail.recipients))}</p>
{"".join(parts)}
<details><summary>邮件头</summary><table>{headers}</table>
<p><a href="{here}.eml">下载原件 (.eml)</a></p></details>"""
    return _page(mail.subject or "(无主题)", body)


def html_part(mail: StoredMail) -> str | None:
    """Returns the HTML part as sent, its links made to open in a new tab."""
    html = mail.body("html")
    if html is None:
        return None
    base = "<base target='_blank'>"
    with_base, found = re.subn(r"(<head[^>]*>)", rf"\g<1>{base}", html, count=1, flags=re.I)
    return with_base if found else base + html


def not_found_page() -> str:
    """Returns what a wrong address shows."""
    return _page("没有这封邮件", '<h1>没有这封邮件</h1><p><a href="/">← 收件箱</a></p>')


def _row(mail: StoredMail) -> str:
    return (
        f"<tr><td>{_time(mail)}</td><td>"
        + "<br>".join(f"<a href='/?to={quote(to)}'>{escape(to)}</a>" for to in mail.recipients)
        + f"</td><td><a href='/mails/{mail.key}'>{escape(mail.subject) or '(无主题)'}</a></td></tr>"
    )


def _time(mail: StoredMail) -> str:
    moment = mail.received
    return f"<time datetime='{moment.isoformat()}'>{moment:%Y-%m-%d %H:%M}</time>"


def _with_links(text: str) -> str:
    pieces, end = [], 0
    for match in LINK.finditer(text):
        address = escape(match.group())
        pieces.append(escape(text[end : match.start()]))
        pieces.append(f"<a href='{address}' target='_blank' rel='noreferrer'>{address}</a>")
        end = match.end()
    return "".join(pieces) + escape(text[end:])


def _page(title: str, body: str, head: str = "") -> str:
    return f"""<!doctype html>
<html lang="zh-Hans"><head><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width">{head}<style>{STYLE}</style></head>
<body>{body}</body></html>"""
