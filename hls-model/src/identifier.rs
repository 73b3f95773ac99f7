//! What the firmware may call things: C++ identifiers.

/// The keywords of C++ up to C++23, which no name may be.
pub const CPP_KEYWORDS: &[&str] = &[
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "asm",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "char16_t",
    "char32_t",
    "char8_t",
    "class",
    "co_await",
    "co_return",
    "co_yield",
    "compl",
    "concept",
    "const",
    "const_cast",
    "consteval",
    "constexpr",
    "constinit",
    "continue",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "not",
    "not_eq",
    "nullptr",
    "operator",
    "or",
    "or_eq",
    "private",
    "protected",
    "public",
    "register",
    "reinterpret_cast",
    "requires",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "static_assert",
    "static_cast",
    "struct",
    "switch",
    "template",
    "this",
    "thread_local",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "union",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "xor",
    "xor_eq",
];

/// Whether C++ accepts a name: letters, digits and underscores, no keyword, not of the forms that are reserved to the compiler.
#[must_use]
pub fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let word = first && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    let reserved =
        name.starts_with('_') && name[1..].starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
    word && !reserved && !CPP_KEYWORDS.contains(&name)
}

/// Whether a name may be an object-like macro of the C and C++ headers that firmware and test bench include, so that
/// a variable of this name does not compile. Families that the headers may extend are taken as a whole.
#[must_use]
pub fn is_macro(name: &str) -> bool {
    let shouted = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let family = shouted
        && (MACRO_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            || MACRO_SUFFIXES.iter().any(|suffix| name.ends_with(suffix)));
    family
        || name.starts_with("M_")
        || MACROS.split_whitespace().chain(ERRNO_MACROS.split_whitespace()).any(|word| word == name)
}

const MACRO_PREFIXES: &[&str] = &[
    "ADJ_", "CLOCK_", "CLONE_", "EXIT_", "FP_", "HLS_", "HUGE_VAL", "LC_", "MATH_", "MOD_", "NNET_",
    "PTHREAD_", "RENAME_", "SCHED_", "SC_", "SEEK_", "SNAN", "STA_", "TIME_", "TIMER_",
];

const MACRO_SUFFIXES: &[&str] = &["_ENDIAN", "_H", "_H_", "_MAX", "_MIN", "_SETSIZE", "_WIDTH"];

const MACROS: &str = "BUFSIZ BYTE_ORDER CLOCKS_PER_SEC CSIGNAL EOF INFINITY L_ctermid L_cuserid L_tmpnam MAXFLOAT NAN NFDBITS NULL \
                      P_tmpdir WCONTINUED WEIGHTS_DIR WEOF WEXITED WNOHANG WNOWAIT WSTOPPED WUNTRACED ap_bigint ap_biguint errno \
                      i386 linux math_errhandling sched_priority stderr stdin stdout unix";

/// Names of errors in `<cerrno>`, of Linux.
const ERRNO_MACROS: &str = "\
E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EADV EAFNOSUPPORT EAGAIN EALREADY EBADE EBADF EBADFD EBADMSG EBADR \
EBADRQC EBADSLT EBFONT EBUSY ECANCELED ECHILD ECHRNG ECOMM ECONNABORTED ECONNREFUSED ECONNRESET EDEADLK \
EDEADLOCK EDESTADDRREQ EDOM EDOTDOT EDQUOT EEXIST EFAULT EFBIG EHOSTDOWN EHOSTUNREACH EHWPOISON EIDRM \
EILSEQ EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR EISNAM EKEYEXPIRED EKEYREJECTED EKEYREVOKED EL2HLT \
EL2NSYNC EL3HLT EL3RST ELIBACC ELIBBAD ELIBEXEC ELIBMAX ELIBSCN ELNRNG ELOOP EMEDIUMTYPE EMFILE EMLINK \
EMSGSIZE EMULTIHOP ENAMETOOLONG ENAVAIL ENETDOWN ENETRESET ENETUNREACH ENFILE ENOANO ENOBUFS ENOCSI \
ENODATA ENODEV ENOENT ENOEXEC ENOKEY ENOLCK ENOLINK ENOMEDIUM ENOMEM ENOMSG ENONET ENOPKG ENOPROTOOPT \
ENOSPC ENOSR ENOSTR ENOSYS ENOTBLK ENOTCONN ENOTDIR ENOTEMPTY ENOTNAM ENOTRECOVERABLE ENOTSOCK ENOTSUP \
ENOTTY ENOTUNIQ ENXIO EOPNOTSUPP EOVERFLOW EOWNERDEAD EPERM EPFNOSUPPORT EPIPE EPROTO EPROTONOSUPPORT \
EPROTOTYPE ERANGE EREMCHG EREMOTE EREMOTEIO ERESTART ERFKILL EROFS ESHUTDOWN ESOCKTNOSUPPORT ESPIPE \
ESRCH ESRMNT ESTALE ESTRPIPE ETIME ETIMEDOUT ETOOMANYREFS ETXTBSY EUCLEAN EUNATCH EUSERS EWOULDBLOCK \
EXDEV EXFULL";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macros_are_known_and_others_are_left_alone() {
        for name in
            ["EOF", "BUFSIZ", "errno", "EINVAL", "INT_MAX", "DEFINES_H_", "M_PI", "WEIGHTS_DIR", "linux"]
        {
            assert!(is_macro(name), "{name}");
        }
        for name in ["x", "INPUT", "EEG", "ENERGY", "m_pi", "input_1", "int_max", "Eof", "ECAL"] {
            assert!(!is_macro(name), "{name}");
        }
    }

    #[test]
    fn identifiers_are_cpps() {
        for name in ["a", "_a", "A1", "dense_0", "a__b"] {
            assert!(is_identifier(name), "{name}");
        }
        for name in ["", "1a", "a-b", "a b", "_A", "__a", "int", "co_await", "é"] {
            assert!(!is_identifier(name), "{name}");
        }
    }
}
