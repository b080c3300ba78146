#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kmctl around keys: what is supported, entropy, versions and what they do to keys, upgrades,
# completion. Prints TAP. Needs root and the module; loads it anew, for versions
# are told once a load.
set -u
here=$(dirname "$(readlink -f "$0")")
. "$here/tap.sh"

head -c 100001 /dev/urandom >file

# --- without a root key -------------------------------------------------------
reload
for command in agree upgrade configure early-boot-ended supported entropy; do
	expect 0 "Usage: kmctl $command" "$command --help succeeds" kmctl $command --help
	expect 2 "unrecognized" "$command refuses unknown options" kmctl $command --frobnicate
done
expect 0 "aes; import raw" "supported" kmctl supported
sh_ok "supported --json" "kmctl supported --json | $plain_python -c '
import json, sys
s = json.load(sys.stdin)
assert sorted(s) == [\"3des\", \"aes\", \"ec\", \"hmac\", \"rsa\"]
assert s[\"aes\"][\"purpose\"][\"encrypt\"][\"mode\"] == [\"ecb\", \"cbc\", \"ctr\", \"gcm\"]
assert s[\"aes\"][\"import\"] == [\"raw\"] and s[\"aes\"][\"export\"] == []
assert s[\"3des\"][\"purpose\"][\"decrypt\"][\"mode\"] == [\"ecb\", \"cbc\"]
assert s[\"rsa\"][\"purpose\"][\"sign\"][\"padding\"] == [\"none\", \"pss\", \"pkcs1-sign\"]
assert s[\"rsa\"][\"purpose\"][\"encrypt\"][\"padding\"] == [\"none\", \"oaep\", \"pkcs1-encrypt\"]
assert len(s[\"rsa\"][\"purpose\"][\"verify\"][\"digest\"]) == 7
assert \"md5\" not in s[\"ec\"][\"purpose\"][\"sign\"][\"digest\"]
assert \"agree\" in s[\"ec\"][\"purpose\"] and \"encrypt\" not in s[\"ec\"][\"purpose\"]
assert s[\"ec\"][\"export\"] == [\"x509\"] and \"pkcs8\" in s[\"ec\"][\"import\"]'"
sh_ok "entropy of a pipe, longer than one call takes" "head -c 5000 /dev/urandom | kmctl entropy"
expect 0 "" "entropy of a file" kmctl entropy file
expect 0 "" "entropy of a device ends" timeout 10 kmctl entropy /dev/zero
expect 1 "No such file" "entropy of nothing" kmctl entropy none
expect 2 "one argument too many" "entropy of two files" kmctl entropy file file

# --- versions -----------------------------------------------------------------
expect 2 "at least one" "configure wants a version" kmctl configure
expect 2 "not a version" "a bad version" kmctl configure --os-version v6
expect 2 "not a date" "a bad patch level" kmctl configure --os-patchlevel 2016-03
expect 2 "not a date" "a month that is none" kmctl configure --boot-patchlevel 2016-13-01
expect 2 "is empty" "an empty version" kmctl configure --os-version ""
expect 2 "valid value" "a root of trust that is not hex" kmctl configure --root-of-trust xyz
expect 1 "needs root" "configure is for root" setpriv --reuid 65534 --regid 65534 \
	--clear-groups kmctl configure --os-version 6.1.2
expect 0 "" "configure" kmctl configure --os-version 6.1.2-extrajunk \
	--os-patchlevel 2016-03-23 --vendor-patchlevel 2016-03-24 --boot-patchlevel 2016-03-25
expect 0 "" "the same again" kmctl configure --os-version 6.1.2 --boot-patchlevel 2016-03-25
expect 7 "until the next boot" "another version" kmctl configure --os-version 6.1.3
head -c 32 /dev/urandom >root.key; chmod 600 root.key
kmctl init --file root.key >/dev/null
aes="--algorithm aes --size 128 --mode gcm --purpose encrypt,decrypt --no-auth"
kmctl generate old $aes
kmctl generate app $aes --application-id me
kmctl generate --blob old.blob $aes
expect 0 "os-patchlevel            201603" "a key tells the patch level it is bound to" kmctl show old
expect 0 "os-version               60102" "and the version" kmctl show old
expect 0 "vendor-patchlevel        20160324" "and the vendor's" kmctl show old
expect 0 "boot-patchlevel          20160325" "and that of the boot loader" kmctl show old
expect 0 "is current" "there is nothing to upgrade" kmctl upgrade old
kmctl encrypt old <file >old.sealed
cp /var/lib/keymaster/old.blob was.blob
reload
kmctl configure --os-version 6.2 --os-patchlevel 2016-04-01 --vendor-patchlevel 2016-04-02 \
	--boot-patchlevel 2016-03-25
kmctl init --file root.key >/dev/null
expect 5 "run kmctl upgrade" "a blob of an older system is refused" kmctl show --blob old.blob
sh_ok "a key of the store is upgraded when it is used" "kmctl decrypt old <old.sealed | cmp - file"
sh_ok "its file is replaced" "cmp -s /var/lib/keymaster/old.blob was.blob; test \$? = 1"
ok "and private" test "$(mode_of /var/lib/keymaster/old.blob)" = 600
expect 0 "os-patchlevel            201604" "it is bound to the new patch level" kmctl show old
expect 0 "is current" "and current" kmctl upgrade old
expect 5 "INVALID_KEY_BLOB" "upgrade wants the application's id" kmctl upgrade app
expect 0 "upgraded" "and takes it" kmctl upgrade app --application-id me
expect 0 "upgraded" "upgrade of a blob's own file" kmctl upgrade --blob old.blob
expect 0 "201604" "which works then" kmctl show --blob old.blob
sh_ok "upgrade from standard input to standard output" \
	"kmctl upgrade --blob - <was.blob >new.blob && kmctl show --blob new.blob | grep -q 201604"
sh_ok "also when there is nothing to do" "kmctl upgrade --blob - <new.blob | cmp - new.blob"
expect 5 "there is no key" "upgrade of nothing" kmctl upgrade nobody
reload
kmctl configure --os-version 6.1.2 --os-patchlevel 2016-03-23 --vendor-patchlevel 2016-03-24 \
	--boot-patchlevel 2016-03-25
kmctl init --file root.key >/dev/null
expect 5 "INVALID_KEY_BLOB" "under an older system put back it does not work" kmctl show old
expect 3 "newer system" "nor can it be upgraded" kmctl upgrade old
reload
expect 0 "" "configure the root of trust" kmctl configure --root-of-trust 0123abcd
kmctl init --file root.key >/dev/null
expect 5 "INVALID_KEY_BLOB" "under another root of trust no key opens" kmctl show old
reload
kmctl init --ephemeral >/dev/null

# --- the shell -----------------------------------------------------------------------
completion=$(ls "$here/../tools/completions/kmctl" "${KM_TOP-}/tools/completions/kmctl" 2>/dev/null |
	head -n 1)
complete_line() { # WORD...: what the last one can become
	bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kmctl
		printf "%s\n" "${COMPREPLY[@]}"' - "$completion" "$@"
}
export -f complete_line
export completion
sh_ok "completion: commands" "complete_line kmctl sup | grep -qx supported"
sh_ok "completion: values" "complete_line kmctl generate k --curve p5 | grep -qx p521"
sh_ok "completion: values of a list" \
	"complete_line kmctl generate k --padding pss,pk | grep -qx pss,pkcs1-sign"
kmctl generate wrapper $aes
sh_ok "completion: wrapping keys" \
	"complete_line kmctl import k --wrapping-key wrapp | grep -qx wrapper"
sh_ok "completion: what store does" "complete_line kmctl store ex | grep -qx export"
sh_ok "completion: directories" "mkdir backup.d && complete_line kmctl store import bac | grep -qx backup.d"
sh_ok "completion: files" "complete_line kmctl agree k --peer root | grep -qx root.key"

finish
