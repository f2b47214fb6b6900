#!/bin/sh
# Fetches a current Neovim (0.12 or later) for neovim_current_test, without touching the system: packages
# of a newer Debian suite, from the mirror that this system uses, unpacked into a folder of their own with
# their own C library. Debian only; needs apt and dpkg-deb, and the network.
#   fetch_neovim.sh [FOLDER]      default: ${XDG_CACHE_HOME:-~/.cache}/espalier/neovim
set -eu
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/espalier/neovim}
suite=forky

mirror=$(apt-get indextargets --format '$(SITE)' 2>/dev/null | grep -v security | head -n 1)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
if [ -z "$mirror" ] || [ ! -f "$keyring" ]; then
  echo "this is no Debian with a package mirror: install Neovim 0.12 yourself and name it in ESPALIER_NVIM_CURRENT" >&2
  exit 1
fi

apt=$folder/apt
mkdir -p "$apt/parts" "$apt/prefs" "$apt/lists/partial" "$apt/cache/archives/partial"
: >"$apt/status"
echo "deb [signed-by=$keyring] $mirror $suite main" >"$apt/sources.list"
cat >"$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/parts";
Dir::Etc::preferencesparts "$apt/prefs";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
APT::Sandbox::User "$(id -un)";
APT::Install-Recommends "false";
Acquire::Languages "none";
CONF
APT_CONFIG=$apt/apt.conf apt-get -qq update
APT_CONFIG=$apt/apt.conf apt-get -qq install -y -d neovim >/dev/null
for package in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$package" "$folder/root"; done

root=$folder/root
loader=$(find "$root" -name 'ld-linux-*.so.*' | head -n 1)
libraries=$(dirname "$(find "$root" -name 'libc.so.6' | head -n 1)")
cat >"$folder/nvim" <<LAUNCHER
#!/bin/sh
export VIMRUNTIME=$root/usr/share/nvim/runtime
exec $loader --library-path $libraries $root/usr/bin/nvim "\$@"
LAUNCHER
chmod +x "$folder/nvim"
rm -rf "$apt"
"$folder/nvim" --version | head -n 1
