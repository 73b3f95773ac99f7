// Integers: every operator between pairs of widths and signs, and with C integers.
#include "diff.h"

using namespace diff;

const int samples = 400;

template <class A, class B> void pair_results(recorder &out, random_source &random, int wa, int wb) {
    A a = sample<A>(random, wa);
    B b = sample<B>(random, wb);
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
    // Xilinx's division above 64 bits errs for some divisors of several words.
    const B d = wa >= 64 || wb >= 64 ? B(b & 0x7fffffff) : b;
    if (d != 0) {
        out.value("/", a / d);
        out.value("%", a % d);
        A q = a, r = a;
        q /= d;
        r %= d;
        out.value("/=", q);
        out.value("%=", r);
    }
    A x = a;
    x += b;
    out.value("+=", x);
    x -= a;
    out.value("-=", x);
    // So does its multiplication in place by a wider number.
    if (wa <= 64 || wb <= wa)
        x *= b;
    out.value("*=", x);
    x |= b;
    out.value("|=", x);
    x ^= b;
    out.value("^=", x);
    x &= b;
    out.value("&=", x);
    out.value("=", A(b));
    ap_uint<6> n = sample<ap_uint<6>>(random, 6);
    ap_int<8> m = sample<ap_int<8>>(random, 8);
    out.value("<<", a << n);
    out.value(">>", a >> n);
    out.value("<<m", a << m);
    out.value(">>m", a >> m);
    x = a;
    x <<= n;
    out.value("<<=", x);
    x >>= m;
    out.value(">>=", x);
}

template <class A, class T> void native_results(recorder &out, A a, T t) {
    out.value("a+t", a + t);
    out.value("t-a", t - a);
    out.value("a*t", a * t);
    out.value("t&a", t & a);
    out.value("a|t", a | t);
    out.value("a^t", a ^ t);
    out.flag("a==t", a == t);
    out.flag("t!=a", t != a);
    out.flag("a<t", a < t);
    out.flag("t<a", t < a);
    out.flag("a>=t", a >= t);
    out.flag("t>=a", t >= a);
    if (t != 0) {
        out.value("a/t", a / t);
        out.value("a%t", a % t);
    }
    A x = a;
    x += t;
    x *= t;
    x -= t;
    out.value("a+=t", x);
    x = t;
    out.value("a=t", x);
    out.value("a<<t", a << static_cast<T>(t & 31));
    out.value("a>>t", a >> static_cast<T>(t & 15));
}

template <class A> void single_results(recorder &out, random_source &random, int w) {
    A a = sample<A>(random, w);
    out.value("a", a);
    out.value("neg", -a);
    out.value("not", ~a);
    out.value("pos", +a);
    out.flag("!", !a);
    A x = a;
    out.value("++", ++x);
    out.value("x++", x++);
    out.value("--", --x);
    out.value("x--", x--);
    out.value("x", x);
    const int hi = static_cast<int>(random.next() % static_cast<uint64_t>(w)), lo = static_cast<int>(random.next() % static_cast<uint64_t>(w));
    out.value("range", ap_uint<200>(a.range(hi, lo)));
    out.flag("bit", a[hi]);
    x = a;
    const ap_uint<100> bits = sample<ap_uint<100>>(random, 100);
    if (w <= 64 || hi >= lo) {
        x.range(hi > lo ? hi : lo, hi > lo ? lo : hi) = bits;
        out.value("range=", x);
    }
    x[lo] = !x[lo];
    out.value("bit=", x);
    out.value("reverse", x.reverse());
    out.word(static_cast<uint64_t>(a.to_int()));
    out.word(a.to_uint());
    out.word(static_cast<uint64_t>(a.to_int64()));
    out.word(a.to_uint64());
    out.number("double", a.to_double());
    out.number("float", a.to_float());
    out.flag("==1.5", a == 1.5);
    out.flag("<2.0", a < 2.0);
    const double d = sample_double(random, 3, w < 60 ? w : 60);
    out.value("=d", A(d));
    out.value("=f", A(static_cast<float>(d)));
    out.number("a*d", a * d);
    out.number("f-a", 1.25f - a);
    out.flag("and", a.and_reduce());
    out.flag("xor", a.xor_reduce());
    out.text("10", a.to_string(10));
    ap_uint<7> low = sample<ap_uint<7>>(random, 7);
    out.value("concat", ap_uint<207>((a, low)));
    native_results(out, a, static_cast<int>(random.next()) >> (random.next() % 31));
    native_results(out, a, static_cast<unsigned>(random.next()) >> (random.next() % 31));
    native_results(out, a, static_cast<short>(random.next()));
    native_results(out, a, static_cast<unsigned char>(random.next()));
    native_results(out, a, static_cast<long long>(random.next()) >> (random.next() % 63));
    native_results(out, a, static_cast<unsigned long>(random.next()) >> (random.next() % 63));
}

const int types = 2 * width_count;

template <int K> struct pairs {
    template <int J> static void with(const char *wanted) {
        typedef int_at<K> A;
        typedef int_at<(K + J) % types> B;
        recorder out("int pair " + std::to_string(K) + " " + std::to_string((K + J) % types), wanted);
        random_source random(K * 100 + J + 1);
        for (int i = 0; i < samples; i++)
            pair_results<typename A::type, typename B::type>(out, random, A::width, B::width);
    }
    static void run(const char *wanted) {
        with<0>(wanted);
        with<1>(wanted);
        with<12>(wanted);
    }
};

template <int K> struct singles {
    static void run(const char *wanted) {
        recorder out("int single " + std::to_string(K), wanted);
        random_source random(K + 7);
        for (int i = 0; i < samples; i++)
            single_results<typename int_at<K>::type>(out, random, int_at<K>::width);
    }
};

int main(int argc, char **argv) {
    const char *wanted = argc > 1 ? argv[1] : nullptr;
    each<pairs, 0, types>::run(wanted);
    each<singles, 0, types>::run(wanted);
}
