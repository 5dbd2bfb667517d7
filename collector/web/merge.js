// Buckets joined to fewer, for the eye: a line of at most some 150 points.
//
// A bucket is [start, count, sum, min, max, p50, p95, p99]. Counts, sums and extremes are exact. The
// percentiles of many are found from each one's own: it stands for `count` numbers that lie on the line
// from its min over its percentiles to its max; exact where buckets hold one number or two.

const KNOTS = [[0, 3], [0.5, 5], [0.95, 6], [0.99, 7], [1, 4]];
const MOST = 100; // numbers that stand for one bucket

function at(bucket, q) {
	for (let i = 1; i < KNOTS.length; i++) {
		const [q0, a] = KNOTS[i - 1], [q1, b] = KNOTS[i];
		if (q <= q1)
			return bucket[a] + (bucket[b] - bucket[a]) * (q - q0) / (q1 - q0);
	}
	return bucket[4];
}

function stand(bucket, out) {
	const n = Math.min(bucket[1], MOST), weight = bucket[1] / n;
	for (let i = 0; i < n; i++)
		out.push([n === 1 ? bucket[2] / bucket[1] : at(bucket, i / (n - 1)), weight]);
}

function percentile(sorted, total, q) {
	let sum = 0;
	for (const [value, weight] of sorted) {
		sum += weight;
		if (sum >= q * total - 1e-9)
			return value;
	}
	return sorted[sorted.length - 1][0];
}

function join(list, start) {
	if (list.length === 1)
		return [start, ...list[0].slice(1)];
	const numbers = [];
	let count = 0, sum = 0, min = Infinity, max = -Infinity;
	for (const bucket of list) {
		count += bucket[1];
		sum += bucket[2];
		min = Math.min(min, bucket[3]);
		max = Math.max(max, bucket[4]);
		stand(bucket, numbers);
	}
	numbers.sort((a, b) => a[0] - b[0]);
	return [start, count, sum, min, max, ...[0.5, 0.95, 0.99].map((q) => percentile(numbers, count, q))];
}

// The step to show a window with: a whole number of buckets.
export const stepFor = (span, step, most = 150) => step * Math.max(1, Math.ceil(span / step / most));

export function joined(points, step) {
	const groups = new Map();
	for (const point of points) {
		const start = Math.floor(point[0] / step) * step;
		if (!groups.has(start))
			groups.set(start, []);
		groups.get(start).push(point);
	}
	return [...groups].sort((a, b) => a[0] - b[0]).map(([start, list]) => join(list, start));
}
