#!/bin/sh
# Installs what `tenon` makes of itself: man pages and shell completions. Usage: install-extras.sh PATH-OF-TENON PREFIX
set -eu
tenon=$1
prefix=$2

install -d "$prefix/share/man/man1" "$prefix/share/bash-completion/completions" "$prefix/share/zsh/site-functions" \
	"$prefix/share/fish/vendor_completions.d"
"$tenon" manual "$prefix/share/man/man1"
"$tenon" completions bash >"$prefix/share/bash-completion/completions/tenon"
"$tenon" completions zsh >"$prefix/share/zsh/site-functions/_tenon"
"$tenon" completions fish >"$prefix/share/fish/vendor_completions.d/tenon.fish"
