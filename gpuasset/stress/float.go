package stress

import "math"

// The functions here and every sum of products of a simulation give the same bits on every architecture: the language rounds at an
// explicit conversion, so that none of them can be fused into one instruction where a processor has it, and the functions of package math
// that have assembly of their own are left out.

// exp returns e^x to about one unit in the last place, 0 below -700 and e^700 above 700.
func exp(x float64) float64 {
	const (
		log2e = 1.44269504088896338700e+00
		high  = 6.93147180369123816490e-01 // ln 2, its first 33 bits
		low   = 1.90821492927058770002e-10
	)
	if !(x >= -700) {
		return 0
	}
	x = min(x, 700)
	k := math.Floor(float64(x*log2e) + 0.5)
	r := x - float64(k*high)
	r -= float64(k * low)
	// Taylor series to r^13 / 13!, |r| <= ln(2)/2.
	y := 1.0
	for i := 13.0; i >= 1; i-- {
		y = 1 + float64(y*(r/i))
	}
	return float64(y * math.Float64frombits(uint64(int64(k)+1023)<<52))
}

// log returns the natural logarithm of a positive normal number to about one unit in the last place.
func log(x float64) float64 {
	const (
		high = 6.93147180369123816490e-01
		low  = 1.90821492927058770002e-10
	)
	bits := math.Float64bits(x)
	k := float64(int64(bits>>52) - 1023)
	m := math.Float64frombits(bits&(1<<52-1) | 1023<<52)
	if m > math.Sqrt2 {
		m, k = m/2, k+1
	}
	// ln m = 2 atanh(s).
	s := (m - 1) / (m + 1)
	s2 := float64(s * s)
	sum := 0.0
	for i := 23.0; i >= 3; i -= 2 {
		sum = float64(s2 * (1/i + sum))
	}
	small := float64(2*s*sum) + float64(k*low)
	return float64(k*high) + (float64(2*s) + small)
}

// quantile returns the point below which the standard normal distribution has the probability p, 0 < p < 1. Source: Wichura, Algorithm
// AS 241, PPND16; about one part in 10^16.
func quantile(p float64) float64 {
	q := p - 0.5
	if math.Abs(q) <= 0.425 {
		r := 0.180625 - float64(q*q)
		top := horner(r, 2.5090809287301226727e+3, 3.3430575583588128105e+4, 6.7265770927008700853e+4, 4.5921953931549871457e+4,
			1.3731693765509461125e+4, 1.9715909503065514427e+3, 1.3314166789178437745e+2, 3.3871328727963666080e+0)
		bottom := horner(r, 5.2264952788528545610e+3, 2.8729085735721942674e+4, 3.9307895800092710610e+4, 2.1213794301586595867e+4,
			5.3941960214247511077e+3, 6.8718700749205790830e+2, 4.2313330701600911252e+1, 1)
		return q * top / bottom
	}
	r := p
	if q > 0 {
		r = 1 - p
	}
	r = math.Sqrt(-log(r))
	var z float64
	if r <= 5 {
		r -= 1.6
		z = horner(r, 7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e+0,
			3.64784832476320460504e+0, 5.76949722146069140550e+0, 4.63033784615654529590e+0, 1.42343711074968357734e+0) /
			horner(r, 1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
				6.89767334985100004550e-1, 1.67638483018380384940e+0, 2.05319162663775882187e+0, 1)
	} else {
		r -= 5
		z = horner(r, 2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
			2.96560571828504891230e-1, 1.78482653991729133580e+0, 5.46378491116411436990e+0, 6.65790464350110377720e+0) /
			horner(r, 2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
				1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1)
	}
	if q < 0 {
		return -z
	}
	return z
}

// horner returns the polynomial of degree 7, the highest coefficient first.
func horner(x, a, b, c, d, e, f, g, h float64) float64 {
	y := float64(a*x) + b
	y = float64(y*x) + c
	y = float64(y*x) + d
	y = float64(y*x) + e
	y = float64(y*x) + f
	y = float64(y*x) + g
	return float64(y*x) + h
}
