// Fixed-point numbers: every operator between pairs of formats, with integers and with
// C types; printing.
#include "diff.h"

#include <sstream>

using namespace diff;

const int samples = 200;

template <class A, class B> void pair_results(recorder &out, random_source &random, int wa, int wb) {
    const A a = sample<A>(random, wa);
    const B b = sample<B>(random, wb);
    out.value("a", a);
    out.value("b", b);
    out.value("+", a + b);
    out.value("-", a - b);
    out.value("*", a * b);
    out.value("&", a & b);
    out.value("|", a | b);
    out.value("^", a ^ b);
    out.flag("==", a == b);
    out.flag("!=", a != b);
    out.flag("<", a < b);
    out.flag(">", a > b);
    out.flag("<=", a <= b);
    out.flag(">=", a >= b);
    A x = a;
    x += b;
    out.value("+=", x);
    x -= b;
    out.value("-=", x);
    x *= b;
    out.value("*=", x);
    x = a;
    x &= b;
    out.value("&=", x);
    x = a;
    x ^= b;
    out.value("^=", x);
}

// Xilinx's division above 64 bits errs for some divisors of several words.
template <class A, class B, bool SHORT> struct division {
    static void run(recorder &out, random_source &random, int wa, int wb) {
        A a = sample<A>(random, wa);
        B b = sample<B>(random, wb);
        if (b != 0) {
            out.value("/", a / b);
            a /= b;
            out.value("/=", a);
        }
    }
};
template <class A, class B> struct division<A, B, false> {
    static void run(recorder &, random_source &, int, int) {}
};

template <class A, class T> void native_results(recorder &out, const A &a, T t) {
    out.value("a+t", a + t);
    out.value("t-a", t - a);
    out.value("a*t", a * t);
    out.value("t*a", t * a);
    out.flag("a==t", a == t);
    out.flag("a<t", a < t);
    out.flag("t<a", t < a);
    out.flag("t>=a", t >= a);
    A x = a;
    x += t;
    out.value("a+=t", x);
    x -= t;
    x *= t;
    out.value("a*=t", x);
    x = t;
    out.value("a=t", x);
    out.value("a<<t", a << static_cast<T>(t & 15));
    out.value("a>>t", a >> static_cast<T>(t & 7));
}

template <class A> void single_results(recorder &out, random_source &random, int w, int fraction, int integer) {
    const A a = sample<A>(random, w);
    out.value("a", a);
    out.value("neg", -a);
    out.value("not", ~a);
    out.flag("!", !a);
    A x = a;
    out.value("++", ++x);
    out.value("x++", x++);
    out.value("--", --x);
    out.value("x--", x--);
    const int lo = static_cast<int>(random.next() % static_cast<uint64_t>(w));
    const int hi = lo + static_cast<int>(random.next() % static_cast<uint64_t>(w - lo));
    out.value("range", ap_uint<200>(a.range(hi, lo)));
    x.range(hi, lo) = ap_uint<40>(random.next());
    out.value("range=", x);
    x[lo] = a[hi];
    out.value("bit=", x);
    x.range() = a.range();
    out.value("range()=", x);
    const int n = static_cast<int>(random.next() % 80) - 10;
    out.value("<<n", a << n);
    out.value(">>n", a >> n);
    out.value("<<ap", a << ap_int<5>(n));
    out.value(">>ap", a >> ap_uint<4>(n));
    x <<= 2;
    out.value("<<=", x);
    x >>= 3u;
    out.value(">>=", x);
    const double d = sample_double(random, fraction, integer);
    out.flag("==d", a == d);
    out.flag("<d", a < d);
    out.flag("f>=a", static_cast<float>(d) >= a);
    const ap_int<9> i = sample<ap_int<9>>(random, 9);
    const ap_uint<5> u = sample<ap_uint<5>>(random, 5);
    out.value("a*i", a * i);
    out.value("u+a", u + a);
    out.value("u-a", u - a);
    out.flag("a<i", a < i);
    out.flag("u>a", u > a);
    x = a;
    x += i;
    out.value("a+=i", x);
    ap_int<9> j = i;
    if (integer > 0)
        j += a;
    out.value("i+=a", j);
    native_results(out, a, static_cast<int>(random.next()) >> (random.next() % 31));
    native_results(out, a, static_cast<unsigned>(random.next()) >> (random.next() % 31));
    native_results(out, a, static_cast<long long>(random.next()) >> (random.next() % 63));
    native_results(out, a, static_cast<unsigned char>(random.next()));
    std::ostringstream text;
    text << a << ' ';
    text.precision(3 + static_cast<int>(random.next() % 12));
    text << a << ' ' << ap_int<70>(i * i) << ' ' << a.to_string(10);
    out.text("text", text.str());
    std::istringstream in(text.str());
    in >> x;
    out.value(">>", x);
}

template <int K> struct pairs {
    template <class A, class B> static void with(recorder &out, random_source &random) {
        const bool small = A::width + (B::width - B::integer > 0 ? B::width - B::integer : 0) + 1 <= 64 && B::width < 64;
        for (int i = 0; i < samples; i++) {
            pair_results<typename A::type, typename B::type>(out, random, A::width, B::width);
            division<typename A::type, typename B::type, small>::run(out, random, A::width, B::width);
        }
    }
    static void run(const char *wanted) {
        recorder out("fixed pair " + std::to_string(K), wanted);
        random_source random(K + 5);
        with<fixed_at<K, K>, fixed_at<K + 17, K + 9>>(out, random);
        with<fixed_at<K, 0>, fixed_at<K * 5 + 113, 8>>(out, random);
    }
};

// The formats networks use: up to 32 bits, with a few integer bits.
template <int K> struct common_pairs {
    template <int M> struct format {
        static const int width = 2 + static_cast<int>(mix(M) % 24);
        static const int integer = 1 + static_cast<int>(mix(M + 1) % 8);
        typedef typename fixed_pick<width, integer, M % 4 != 0, static_cast<ap_q_mode>(mix(M) % 7), (M % 3 == 0 ? AP_SAT : AP_WRAP), 0>::type type;
    };
    static void run(const char *wanted) {
        recorder out("common pair " + std::to_string(K), wanted);
        random_source random(K + 77);
        for (int i = 0; i < samples; i++) {
            pair_results<typename format<K>::type, typename format<K + 50>::type>(out, random, format<K>::width, format<K + 50>::width);
            division<typename format<K>::type, typename format<K + 50>::type, true>::run(out, random, format<K>::width, format<K + 50>::width);
        }
    }
};

template <int K> struct singles {
    typedef fixed_at<K + 40, K * 3> A;
    // Xilinx's ++ does not compile without a unit bit.
    static const int integer = A::integer < A::width ? A::integer : A::width;
    typedef typename fixed_pick<A::width, integer, A::sign, A::quantization, A::overflow, A::bits>::type type;
    static void run(const char *wanted) {
        recorder out("fixed single " + std::to_string(K), wanted);
        random_source random(K + 7);
        for (int i = 0; i < samples; i++)
            single_results<type>(out, random, A::width, A::width - integer, integer);
    }
};

int main(int argc, char **argv) {
    const char *wanted = argc > 1 ? argv[1] : nullptr;
    each<pairs, 0, 24>::run(wanted);
    each<common_pairs, 0, 24>::run(wanted);
    each<singles, 0, 16>::run(wanted);
}
