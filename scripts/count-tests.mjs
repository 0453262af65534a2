// Prints "N passed, N failed" from the report that vitest wrote, and fails when there is none.
import { readFileSync } from 'node:fs'

const report = JSON.parse(readFileSync(new URL('../test-results/report.json', import.meta.url), 'utf8'))
const { numPassedTests: passed, numFailedTests, numFailedTestSuites: suites } = report
// A file that fails to load holds no test, yet it is a failure.
const failed = Math.max(numFailedTests, report.success ? 0 : 1, suites > 0 && numFailedTests === 0 ? 1 : 0)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
