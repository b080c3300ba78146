#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kmctl bridge: what it prints, where the new key is, and how it refuses. Prints TAP. Needs root
# and the module; loads it anew. What arrives is for bridge_test.py.
# holds the module: uses are counted until the next boot
set -u
here=$(dirname "$(readlink -f "$0")")
. "$here/tap.sh"

modprobe -a loop ext4
reload
kmctl init --ephemeral >/dev/null
hmac="--algorithm hmac --size 512"

# --- keys for it ----------------------------------------------------------------------
expect 0 "" "a key for a volume" kmctl generate vol $hmac --bridge logon --no-auth
expect 0 "" "a key for a directory" kmctl generate home $hmac --bridge fscrypt --no-auth
expect 0 "" "a key for both" kmctl generate both --algorithm aes --size 256 \
	--bridge logon,fscrypt --no-auth
sh_ok "show tells" "kmctl show both | grep -E 'bridge +logon, fscrypt'"
expect 3 "[INCOMPATIBLE_PURPOSE]" "not one that signs as well" \
	kmctl generate x $hmac --bridge logon --purpose sign --no-auth
expect 3 "[UNSUPPORTED_KEY_SIZE]" "nor a short one" \
	kmctl generate x --algorithm aes --size 128 --bridge logon --no-auth
expect 2 "known: logon, fscrypt" "nor for anything else" \
	kmctl generate x $hmac --bridge luks --no-auth

# --- handing over -----------------------------------------------------------------------
expect 0 "" "a volume's key" kmctl bridge vol --logon km:vol
serial=$(cat out)
sh_ok "it is a logon key on the user's keyring" \
	"keyctl search @u logon km:vol | grep -xF $serial && keyctl rlist @u | grep -qF $serial"
expect 7 "has a key 'km:vol' already (--replace)" "not twice" kmctl bridge vol --logon km:vol
expect 0 "" "but with --replace" kmctl bridge vol --logon km:vol --replace
sh_ok "in its place" "! keyctl rlist @u | grep -qwF $serial && keyctl rlist @u | grep -qwF $(cat out)"
expect 0 "" "a directory's key" kmctl bridge home --fscrypt home --timeout 1000
sh_ok "it expires" "grep -E '(16m|15m) .* fscrypt-p home: 72 \[2\]' /proc/keys"
ring=$(keyctl newring ring @u)
expect 0 "" "on another keyring" kmctl bridge both --fscrypt home --keyring "$ring"
sh_ok "it is there" "keyctl rlist $ring | grep -qwF $(cat out)"
sh_ok "on that of a session" "keyctl session - sh -c 'kmctl bridge vol --logon km:s --keyring @s &&
	keyctl rlist @s' >two && [ \$(sort -u two | wc -l) = 1 ]"

# --- a filesystem -------------------------------------------------------------------------
truncate -s 16M image
mkfs.ext4 -q -O encrypt image
mkdir mnt
mount -o loop image mnt
before=$(keyctl rlist @u)
expect 0 "" "a key goes straight to a filesystem" kmctl bridge home --fscrypt once --add-to mnt
cp out id
sh_ok "which gives its identifier" "grep -xE '[0-9a-f]{32}' id"
expect 0 "" "the same key" kmctl bridge home --fscrypt twice --add-to mnt --keyring @u
cp out id2
sh_ok "has the same" "cmp id id2"
sh_ok "and stays only where it was said" \
	"[ \$(keyctl rlist @u | wc -w) = $(($(wc -w <<< "$before") + 1)) ]"
expect 1 "has no encryption" "a filesystem without encryption" \
	kmctl bridge home --fscrypt once --add-to /proc
expect 1 "No such file or directory" "no directory" kmctl bridge home --fscrypt once --add-to no
umount mnt

# --- refusals -----------------------------------------------------------------------------
expect 3 "the key lacks bridge fscrypt [INCOMPATIBLE_PURPOSE]" "a key for something else" \
	kmctl bridge vol --fscrypt vol
expect 3 "the key lacks bridge logon [INCOMPATIBLE_PURPOSE]" "and the reverse" \
	kmctl bridge home --logon km:home
kmctl generate plain $hmac --digest sha256 --purpose sign --no-auth
expect 3 "the key lacks bridge logon" "a key that signs" kmctl bridge plain --logon km:plain
expect 2 "give --logon PREFIX:NAME, or --fscrypt NAME" "for nothing" kmctl bridge vol
expect 2 "give --logon PREFIX:NAME, or --fscrypt NAME" "for both" \
	kmctl bridge both --logon km:a --fscrypt b
expect 2 "--add-to is for --fscrypt" "a volume is no directory" \
	kmctl bridge vol --logon km:vol --add-to mnt
for name in vol :vol ""; do
	expect 2 "is not of the form PREFIX:NAME" "the name '$name'" kmctl bridge vol --logon "$name"
done
for seconds in 0 -1 x 4294967296 ""; do
	expect 2 "is not a number of seconds" "'$seconds' seconds" \
		kmctl bridge vol --logon km:x --timeout "$seconds"
done
expect 2 "--keyring: '@x' is not a serial number" "no keyring" \
	kmctl bridge vol --logon km:x --keyring @x
expect 1 "Required key not available" "a keyring that is not there" \
	kmctl bridge vol --logon km:x --keyring 2147483000
expect 5 "there is no key 'none'" "no key" kmctl bridge none --logon km:x

# --- after login ---------------------------------------------------------------------------
kmctl unenroll --user root >/dev/null 2>&1
echo 'root secret' | kmctl enroll >/dev/null
expect 3 "A key with bridge that asks for a user needs auth-timeout" \
	"a key that asks for every use cannot be handed over" \
	kmctl generate x $hmac --bridge logon --auth password
expect 0 "" "a key that asks once in a while" \
	kmctl generate mine $hmac --bridge logon --auth password --auth-timeout 600
expect 3 "in the last 600 seconds (auth-timeout): run kmctl auth" "it is not handed over" \
	kmctl bridge mine --logon km:mine
sh_ok "which is why the volume stays closed" "! keyctl search @u logon km:mine"
expect 0 "" "at a terminal it asks" $plain_python "$here/typed.py" \
	'to bridge with mine: =root secret' -- kmctl bridge mine --logon km:mine
kmctl unenroll --user root
echo 'root secret' | kmctl enroll >/dev/null
kmctl generate mine $hmac --bridge logon --auth password --auth-timeout 600 --force
auth() { echo 'root secret' | kmctl auth; }
expect 0 "" "login" auth
expect 0 "" "and it is handed over" kmctl bridge mine --logon km:mine --replace
kmctl unenroll --user root

finish
