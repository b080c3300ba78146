# SPDX-License-Identifier: GPL-2.0-only
# Sourced by newest.sh: an apt of our own, which knows other suites of the same
# registry that this machine installs from, and leaves the machine's apt alone.

km_cache=${XDG_CACHE_HOME:-$HOME/.cache}/keymaster
km_apt=$km_cache/apt

# The address of the Debian archive as this machine's apt knows it.
debian_site() {
	apt-get indextargets --format '$(SITE) $(CODENAME) $(RELEASE)' 'Created-By: Packages' |
		awk '$2 == "bookworm" || $3 == "bookworm" { print $1; exit }'
}

# private_apt_setup SUITE...: lists no older than a day
private_apt_setup() {
	local site suite
	site=$(debian_site)
	[ -n "$site" ] || { echo "apt has no Debian source for bookworm" >&2; return 1; }
	mkdir -p "$km_apt/lists/partial" "$km_apt/archives/partial"
	for suite; do
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $suite main"
	done > "$km_apt/sources.list.new"
	if cmp -s "$km_apt/sources.list.new" "$km_apt/sources.list" &&
	   [ -n "$(find "$km_apt/updated" -mmin -1440 2>/dev/null)" ]; then
		return 0
	fi
	mv "$km_apt/sources.list.new" "$km_apt/sources.list"
	private_apt get update -q || return 1
	touch "$km_apt/updated"
}

# private_apt get|cache ARGUMENT...
private_apt() {
	local command=apt-$1
	shift
	# sid is valid for a week only, and mirrors lag; its signature is checked all the same.
	"$command" -o Dir::Etc::sourcelist="$km_apt/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$km_apt/lists" -o Dir::Cache="$km_apt" \
		-o Dir::Cache::archives="$km_apt/archives" -o APT::Sandbox::User=root \
		-o Acquire::Check-Valid-Until=false "$@"
}
