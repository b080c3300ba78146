# SPDX-License-Identifier: GPL-2.0-only
# Sourced by newest.sh and backports.sh: an apt of our own, which knows other suites of the same
# registry that this machine installs from, and leaves the machine's apt alone.

km_cache=${XDG_CACHE_HOME:-$HOME/.cache}/keymaster
km_apt=$km_cache/apt

# The address of the Debian archive as this machine's apt knows it.
debian_site() {
	apt-get indextargets --format '$(SITE) $(CODENAME) $(RELEASE)' 'Created-By: Packages' |
		awk '$2 == "bookworm" || $3 == "bookworm" { print $1; exit }'
}

# Of each suite, so that the lists are those of both callers.
km_suites=(bookworm-backports trixie trixie-backports sid)

# Lists no older than a day.
private_apt_setup() {
	local site suite
	site=$(debian_site)
	[ -n "$site" ] || { echo "apt has no Debian source for bookworm" >&2; return 1; }
	mkdir -p "$km_apt/lists/partial" "$km_apt/archives/partial"
	for suite in "${km_suites[@]}"; do
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

# newest_kernel ARGUMENT...: of the kernels whose headers "apt-cache search" with these finds
newest_kernel() {
	private_apt cache search --names-only '^linux-headers-[0-9].*-amd64$' |
		sed -n "s/^linux-headers-\\([^ ]*\\) .*/\\1/p" | grep -v -e '-cloud-' -e '-rt-' |
		grep -- "$1" | sort -V | tail -n 1
}

# unpack_packages DIR PACKAGE...: what is in them, installed nowhere; those that there are
unpack_packages() {
	local dir=$1 name file packages=()
	shift
	[ ! -d "$dir" ] || return 0
	rm -rf "$dir.part" && mkdir -p "$dir.part"
	for name; do
		[ -z "$(private_apt cache madison "$name")" ] || packages+=("$name")
	done
	( cd "$dir.part" && private_apt get download -q "${packages[@]}" ) || return 1
	for file in "$dir.part"/*.deb; do
		dpkg-deb --fsys-tarfile "$file" |
			tar -C "$dir.part" --keep-directory-symlink -x ./boot ./usr ./lib 2>/dev/null || true
		rm "$file"
	done
	mv "$dir.part" "$dir"
}

# DIR: the kernel in it
kernel_in() {
	find "$1" -name vmlinuz -o -name 'vmlinuz-*' | head -n 1
}
