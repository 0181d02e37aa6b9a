#!/bin/sh
# Installs what the bulletin's PDF needs on Debian or Ubuntu: LibreOffice, free faces in the place of
# the official ones, and the rule that says which stands for which. Run as root; twice does no harm.
#
# Fandol's four faces (GPL with font exception) are packed with 97 MB of TeX: only they are taken out.
# Noto stands in for rare characters that Fandol lacks. Where a city has bought the official faces
# (方正小标宋简体, 仿宋_GB2312, 楷体_GB2312 …) and installed them, those are used.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
faces=/usr/local/share/fonts/fandol

if [ "$(id -u)" != 0 ]; then
	echo "安装 LibreOffice 和字体需要 root: 请用 sudo 运行 $0" >&2
	exit 1
fi
if ! command -v apt-get >/dev/null; then
	echo "本脚本只用于 Debian 或 Ubuntu; 其他系统请自行安装 LibreOffice Writer 和 Fandol 字体, 见 docs/operations.md" >&2
	exit 1
fi

export DEBIAN_FRONTEND=noninteractive
wanted=""
command -v soffice >/dev/null || wanted="$wanted libreoffice-writer-nogui"
command -v fc-cache >/dev/null || wanted="$wanted fontconfig"
[ -e /usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc ] || wanted="$wanted fonts-noto-cjk"
if [ -n "$wanted" ] || [ ! -e "$faces/FandolFang-Regular.otf" ]; then
	apt-get update -q
fi
if [ -n "$wanted" ]; then
	# shellcheck disable=SC2086 # several names
	apt-get install -q -y --no-install-recommends $wanted
fi

if [ ! -e "$faces/FandolFang-Regular.otf" ]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	chmod 755 "$work" # apt downloads as a user of its own
	chown _apt "$work" 2>/dev/null || true
	(cd "$work" && apt-get download -q texlive-lang-chinese)
	dpkg-deb --extract "$work"/texlive-lang-chinese_*.deb "$work/unpacked"
	mkdir -p "$faces"
	for face in Fang-Regular Kai-Regular Hei-Regular Song-Regular Song-Bold; do
		cp "$work/unpacked/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol/Fandol$face.otf" "$faces/"
	done
	chmod 644 "$faces"/*
fi
cp "$here/64-official-faces.conf" /etc/fonts/conf.d/
chmod 644 /etc/fonts/conf.d/64-official-faces.conf
fc-cache -f

for face in 方正小标宋简体 黑体 楷体_GB2312 仿宋_GB2312 宋体; do
	echo "$face: $(fc-match "$face")"
done
