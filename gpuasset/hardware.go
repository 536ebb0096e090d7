package gpuasset

// Model is a GPU model: a fact sheet with its source.
type Model struct {
	ID          string `json:"id" check:"min=1,max=64"`
	Name        string `json:"name" check:"min=1,max=128"`
	MemoryGB    int    `json:"memory_gb" check:"min=1,max=100000"`
	BoardPowerW int    `json:"board_power_w" check:"min=1,max=100000"` // the most that one GPU draws
	Announced   Date   `json:"announced"`
	Source      string `json:"source" check:"min=1,max=512"`
	AsOf        Date   `json:"as_of"`
}

// Models returns the catalogue: one entry per model, for the form that data centres rent out. Every call makes a new list.
// Power is the maximum of one GPU; of a superchip the part of one GPU, without the CPU. Where sheets differ (B300 is quoted
// with 1,100 W to 1,400 W by cooling) the name says which is meant. Sources are second-hand, and what was not looked up
// is marked assumed; a document can bring a model of its own.
func Models() []Model {
	const assumed = "; announcement date: assumed"
	asOf := NewDate(2026, 11, 22)
	return []Model{
		{"A100", "NVIDIA A100 80 GB SXM4", 80, 400, NewDate(2020, 11, 16), "power: published 0.4 kW; memory: assumed" + assumed, asOf},
		{"H100", "NVIDIA H100 80 GB SXM5", 80, 700, NewDate(2022, 3, 22), "power: published 0.7 kW; memory: haink.org comparison; date: announcement of DGX H100", asOf},
		{"H200", "NVIDIA H200 141 GB SXM5", 141, 700, NewDate(2023, 11, 13), "power and memory: itkb.uw.cz, 2026-06-22" + assumed, asOf},
		{"B200", "NVIDIA B200 180 GB HGX", 180, 1000, NewDate(2024, 3, 18), "power and memory: datacrunch.io, quoting NVIDIA's technical brief" + assumed, asOf},
		{"B300", "NVIDIA B300 288 GB HGX, 1,100 W variant", 288, 1100, NewDate(2025, 3, 18), "power and memory: datacrunch.io, quoting NVIDIA's technical brief" + assumed, asOf},
		{"GB200", "NVIDIA GB200 186 GB NVL72, one GPU", 186, 1200, NewDate(2024, 3, 18), "memory: MLPerf Inference v6.1 system description; power: glennklockwood.com, reported" + assumed, asOf},
		{"GB300", "NVIDIA GB300 288 GB NVL72, one GPU", 288, 1400, NewDate(2025, 3, 18), "power and memory: glennklockwood.com, notes of GTC 2025, reported" + assumed, asOf},
	}
}

// Hosting says who runs the building.
type Hosting string

// Kinds of hosting.
const (
	Colocation Hosting = "colocation"
	Owned      Hosting = "owned"
	Leased     Hosting = "leased"
)

// Values lists the kinds of hosting.
func (Hosting) Values() []string { return list(Colocation, Owned, Leased) }

func list[T ~string](values ...T) []string {
	out := make([]string, len(values))
	for i, value := range values {
		out[i] = string(value)
	}
	return out
}

// Cluster is GPUs of one model in one place, with what they cost, use and are let for.
type Cluster struct {
	ID       string  `json:"id" check:"min=1,max=64"`
	Model    string  `json:"model" check:"min=1"` // of the catalogue or of the document's hardware
	GPUs     int     `json:"gpus" check:"min=1,max=10000000"`
	Vintage  Date    `json:"vintage"` // in service since
	Location string  `json:"location" check:"min=2,max=64"`
	Operator string  `json:"operator" check:"min=1,max=128"`
	Hosting  Hosting `json:"hosting"`

	HardwareCost Money `json:"hardware_cost" check:"nonzero"`
	NetworkCost  Money `json:"network_cost,omitzero"`
	FacilityCost Money `json:"facility_cost,omitzero"`

	Tariff     Money `json:"tariff_per_kwh"`
	PUE        Ratio `json:"pue" check:"min=1,max=5"`
	Load       Ratio `json:"load" check:"max=1"`                                  // average draw over the maximum
	OtherWatts int   `json:"other_watts_per_gpu,omitzero" check:"min=0,max=5000"` // CPUs, fans and network, beside the board

	MonthlyCosts []Cost        `json:"monthly_costs,omitzero" check:"max=100"`
	PlatformFee  Ratio         `json:"platform_fee,omitzero" check:"max=1"` // share of all revenue
	Reservations []Reservation `json:"reservations,omitzero" check:"max=1000"`
	// What is not reserved is let at the prices of an index.
	SpotIndex       string `json:"spot_index,omitzero" check:"max=64"`
	SpotUtilisation Ratio  `json:"spot_utilisation,omitzero" check:"max=1"`
}

// Cost is an expense per calendar month: colocation, maintenance, insurance, staff.
type Cost struct {
	Name     string `json:"name" check:"min=1,max=64"`
	PerMonth Money  `json:"per_month"`
}

// Reservation lets a share of a cluster from Start to the day before End.
type Reservation struct {
	Client      string `json:"client" check:"min=1,max=128"`
	Share       Ratio  `json:"share" check:"nonzero,max=1"`
	Price       Money  `json:"price_per_gpu_hour" check:"nonzero"`
	Start       Date   `json:"start"`
	End         Date   `json:"end"`
	TakeOrPay   Ratio  `json:"take_or_pay,omitzero" check:"max=1"` // share of the hours that is paid even if idle
	Utilisation Ratio  `json:"utilisation" check:"max=1"`          // expected
}

// Cost returns hardware + network + facility.
func (c *Cluster) Cost() Money { return Sum(c.HardwareCost, c.NetworkCost, c.FacilityCost) }

func (c *Cluster) validate() error {
	if c.SpotUtilisation > 0 && c.SpotIndex == "" {
		return at("spot_index", "spot utilisation needs an index of prices")
	}
	for i := range c.Reservations {
		r := &c.Reservations[i]
		if !r.Start.Before(r.End) {
			return at(path("reservations", i, "end"), "it must be after start, %s", r.Start)
		}
		// The shares can only pass 100 % on the first day of a reservation.
		var total Ratio
		for j := range c.Reservations {
			if other := &c.Reservations[j]; other.covers(r.Start) {
				total += other.Share
			}
			if total > One {
				return at(path("reservations", i, "share"), "on %s more than 100 %% of the cluster is reserved", r.Start)
			}
		}
	}
	return nil
}

func (r *Reservation) covers(day Date) bool { return !day.Before(r.Start) && day.Before(r.End) }
