package yield_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// dated is a row of a table of dates: "2003-11-01 2004-05-01 61/365+121/366".
var dated = regexp.MustCompile(`\d{4}-\d\d-\d\d \d{4}-\d\d-\d\d [-+/.0-9]+`)

// own are the sources of rows that nobody published.
var own = regexp.MustCompile(`(?i)^(mpmath|by hand)`)

// published are the tests that hold results against published numbers: spreadsheets' documentation, the ISDA papers, the
// suites of QuantLib, Strata, numpy-financial, pyxirr and PhpSpreadsheet, MathWorks, textbooks. Their comments cite them.
var published = []struct {
	file, test string
	less       int // rows of the test that nobody published
}{
	{"daycount/convention_test.go", "TestConventions", 4},
	{"daycount/convention_test.go", "TestBasis", 0},
	{"daycount/convention_test.go", "TestICMA", 0},
	{"daycount/thirty360_test.go", "TestThirty360", 0},
	{"cashflow/irr_test.go", "TestXIRR", 0},
	{"cashflow/annuity_test.go", "TestAnnuities", 0},
	{"rate_test.go", "TestRateOver", 0},
	{"rate_test.go", "TestRateConvert", 0},
}

// rows counts the rows of a test: those of dates in its texts, and the values of a slice that begin with a name.
func rows(body ast.Node) int {
	count := 0
	ast.Inspect(body, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				count += len(dated.FindAllString(n.Value, -1))
			}
		case *ast.CompositeLit:
			if array, ok := n.Type.(*ast.ArrayType); !ok || array.Len != nil {
				return true
			}
			for _, element := range n.Elts {
				row, ok := element.(*ast.CompositeLit)
				if !ok || len(row.Elts) < 3 {
					continue
				}
				if name, ok := row.Elts[0].(*ast.BasicLit); ok && name.Kind == token.STRING && !own.MatchString(strings.Trim(name.Value, `"`)) {
					count++
				}
			}
		}
		return true
	})
	return count
}

// At least 200 published numbers hold the functions of this tree of packages.
func TestPublishedNumbers(t *testing.T) {
	total := 0
	for _, p := range published {
		file, err := parser.ParseFile(token.NewFileSet(), p.file, nil, 0)
		require.NoError(t, err)
		found := file.Scope.Lookup(p.test)
		require.NotNil(t, found, p.test)
		count := rows(found.Decl.(*ast.FuncDecl).Body) - p.less
		require.Positive(t, count, p.test)
		t.Logf("%4d %s %s", count, p.file, p.test)
		total += count
	}
	t.Logf("%4d published numbers", total)
	require.GreaterOrEqual(t, total, 200)
}
