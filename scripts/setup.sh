# Sourced by ./run-demo, ./run-tests, .ci/run and the scripts in this folder: finds out what this machine lacks, and installs it.
# Leaves alone whatever is installed. Supports only Debian and Ubuntu (apt-get).

section() { printf '\n=== %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif has sudo; then
        sudo "$@"
    else
        fail "root is needed to run: $*. Run it as root, or install sudo, and start this script again."
    fi
}

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq "$@" </dev/null; }

apt_lists_are_fresh=no

freshen_apt_lists() {
    [ "$apt_lists_are_fresh" = no ] || return 0
    apt update || note "apt-get update failed; trying with the existing package lists"
    apt_lists_are_fresh=yes
}

# Whether this release of Debian or Ubuntu has the package; older ones have no rustup.
can_install() {
    has apt-get || return 1
    freshen_apt_lists
    case $(LC_ALL=C apt-cache policy "$1" 2>/dev/null) in
    *'Candidate: (none)'*) return 1 ;;
    *'Candidate: '*) return 0 ;;
    *) return 1 ;;
    esac
}

# install_packages WHY PACKAGE...
install_packages() {
    local why=$1
    shift
    has apt-get || fail "$why needs the package(s) $*, and there is no apt-get here. Install their contents in this system's way, and start this script again."
    note "installing $* ($why)"
    freshen_apt_lists
    apt install --yes --no-install-recommends "$@" >/dev/null ||
        fail "apt-get could not install $*; its message is above."
}

# need COMMAND PACKAGE WHY
need() { has "$1" || install_packages "$3" "$2"; }

# The oldest Rust that can build the workspace.
wanted_rust() { sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml | head -n 1; }

# Whether the cargo on PATH is new enough for the workspace.
rust_is_new_enough() {
    has cargo && has rustc || return 1
    local found
    found=$(rustc --version 2>/dev/null | cut -d ' ' -f 2)
    found=${found%%-*}
    [ -n "$found" ] && [ "$(printf '%s\n' "$(wanted_rust)" "$found" | sort -V | head -n 1)" = "$(wanted_rust)" ]
}

# A Rust toolchain that is new enough, the linker that it needs, and certificates for HTTPS.
need_rust() {
    need cc g++ "Rust links with the C compiler"
    PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    export PATH
    rust_is_new_enough && return
    if ! has rustup; then
        [ -e /etc/ssl/certs/ca-certificates.crt ] || install_packages "crates come over HTTPS" ca-certificates
        if can_install rustup; then
            install_packages "the Rust toolchain" rustup
        else
            need curl curl "to fetch rustup"
            note "installing rustup from https://sh.rustup.rs into ${CARGO_HOME:-$HOME/.cargo}"
            curl --proto '=https' --tlsv1.2 --silent --show-error --fail https://sh.rustup.rs |
                sh -s -- -y --quiet --no-modify-path --profile minimal --default-toolchain none ||
                fail "rustup could not be installed; is the network reachable?"
        fi
    fi
    note "installing the stable Rust toolchain ($(wanted_rust) or later is needed)"
    rustup toolchain install stable --profile minimal --no-self-update </dev/null ||
        fail "rustup could not install Rust; is the network reachable?"
    # Takes precedence over an older default, and over an older cargo from apt.
    export RUSTUP_TOOLCHAIN=stable
    hash -r
    if ! rust_is_new_enough; then
        PATH="$(dirname "$(rustup which cargo)"):$PATH"
        export PATH
    fi
    rust_is_new_enough || fail "Rust $(wanted_rust) or later is needed, but PATH leads to $(rustc --version 2>&1)."
}

# need_rust_component COMPONENT COMMAND: rustfmt and clippy, which a minimal toolchain lacks.
need_rust_component() {
    "$2" --version >/dev/null 2>&1 && return
    has rustup || fail "$2 is missing and rustup is not here to install it; install the component $1 of this Rust."
    note "installing the Rust component $1"
    rustup component add "$1" </dev/null || fail "rustup could not install $1."
}

# A C++ compiler for the C simulation.
need_cxx() { has g++ || has clang++ || install_packages "C simulation compiles with it" g++; }

# A browser for the report's page. Where apt has none (Ubuntu's package needs snap), the tests that open the page say that they were skipped.
need_chromium() {
    if has chromium || has chromium-browser || has google-chrome; then return; fi
    if grep -q '^ID=debian' /etc/os-release 2>/dev/null && can_install chromium; then
        install_packages "the report's page is opened in it" chromium
    else
        note "no Chromium here, and none to install: the report's page is not opened in a browser"
    fi
}
