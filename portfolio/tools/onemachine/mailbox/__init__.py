"""The mail catcher: takes every mail by SMTP, keeps it as a file, shows it in the browser."""
