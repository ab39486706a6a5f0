//! One function a budget: what is run, how often, and the rows that come of it.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::PathBuf;

use crate::gate;
use crate::inputs::{Input, Inputs};
use crate::ledger::Years;
use crate::matching;
use crate::measure::{Figure, empty_program, once, read_only, skip_pass};
use crate::peers::{self, Peer};
use crate::table::{Row, ratio};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Everything that the rows need.
pub(crate) struct Budgets {
    inputs: Inputs,
    /// How often a large input is read; the least counts.
    rounds: u32,
    /// How often a small one is.
    many_rounds: u32,
    rows: Vec<Row>,
}

/// An input with what `krgate check` used for it, where that went well.
type Read = (Input, Option<Figure>);

/// What reading 100,000 secrets may take, in hundredths of a skip pass.
const SECRETS: u64 = 250;

impl Budgets {
    /// Makes ready to measure in a folder.
    pub(crate) fn new(folder: PathBuf, quick: bool) -> Self {
        let (divisor, rounds, many_rounds) = if quick { (10, 3, 15) } else { (1, 5, 40) };
        Self {
            inputs: Inputs { folder, divisor },
            rounds,
            many_rounds,
            rows: Vec::new(),
        }
    }

    /// Measures all budgets.
    pub(crate) fn measure(mut self) -> Outcome<Vec<Row>> {
        gate::write_policy(&self.inputs.folder)?;
        let codeql = self.reading("B1", Inputs::codeql, 150)?;
        let trivy = self.reading("B2", Inputs::trivy, 300)?;
        let semgrep = self.reading("B2", Inputs::semgrep, 230)?;
        let gitleaks = self.reading("", Inputs::gitleaks, SECRETS)?;
        let trufflehog = self.reading("", Inputs::trufflehog, SECRETS)?;
        let many = self.reading("B7", Inputs::many, 250)?;
        let largest = [codeql, trivy, semgrep];
        for (place, read) in largest
            .iter()
            .chain(&[gitleaks, trufflehog, many])
            .enumerate()
        {
            let limit = if place == 0 {
                16 << 20
            } else {
                read.0.memory_limit()
            };
            self.memory(read, limit);
        }
        for peer in &peers::PEERS {
            self.peer(peer, &largest)?;
        }
        self.start_up()?;
        self.linearity()?;
        self.ledger()?;
        self.matching()?;
        Ok(self.rows)
    }

    /// Measures B8 alone.
    pub(crate) fn measure_ledger(mut self) -> Outcome<Vec<Row>> {
        self.ledger()?;
        Ok(self.rows)
    }

    /// Measures B9 alone.
    pub(crate) fn measure_matching(mut self) -> Outcome<Vec<Row>> {
        self.matching()?;
        Ok(self.rows)
    }

    /// Measures the reports of secrets scanners alone: reading them, and checking them.
    pub(crate) fn measure_secrets(mut self) -> Outcome<Vec<Row>> {
        gate::write_policy(&self.inputs.folder)?;
        let gitleaks = self.reading("", Inputs::gitleaks, SECRETS)?;
        let trufflehog = self.reading("", Inputs::trufflehog, SECRETS)?;
        for read in [&gitleaks, &trufflehog] {
            self.memory(read, read.0.memory_limit());
        }
        Ok(self.rows)
    }

    /// B1, B2, B7: reading to findings against the skip pass, in turns so that all meet the
    /// same machine; and a whole check, which B3 and B4 look at.
    fn reading(
        &mut self,
        budget: &'static str,
        make: fn(&Inputs) -> io::Result<Input>,
        limit: u64,
    ) -> Outcome<Read> {
        let input = make(&self.inputs)?;
        say(&input.name)?;
        let name = input.name.as_str();
        let sees_all = gate::sees_all(&input)?;
        let (inspect, check) = (gate::inspect(&input), gate::check(&input));
        let (mut floors, mut skips) = (Vec::new(), Vec::new());
        let (mut reads, mut checks) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            floors.push(read_only(&input.paths(), &input.folder)?);
            skips.push(skip_pass(&input.paths(), 2, &input.folder)?);
            if sees_all.is_ok() {
                reads.push(once(&inspect)?);
                checks.push(once(&check)?);
            }
        }
        let skip = least(&skips)?;
        let floor = Row::shown(budget, name, "read alone", least(&floors)?);
        let row = Row::shown(budget, name, "serde_json skip pass", skip);
        self.rows.extend([floor, row]);
        if let Err(why) = sees_all {
            let row = Row::not_measured(budget, name, "krgate", &why);
            self.rows.push(row);
            return Ok((input, None));
        }
        let (read, check) = (least(&reads)?, least(&checks)?);
        let against_skip = |figure: Figure| ratio(figure.cpu.as_nanos(), skip.cpu.as_nanos());
        let row = Row::shown(budget, name, "krgate inspect", read);
        self.rows
            .push(row.at_most(against_skip(read), limit, " skip pass"));
        let row = Row::shown(budget, name, "krgate inspect, peak", read);
        self.rows
            .push(row.at_most_bytes(read.peak, input.memory_limit()));
        let row = Row::shown(budget, name, "krgate check", check).against(against_skip(check));
        self.rows.push(row);
        Ok((input, Some(check)))
    }

    /// B3: peak memory of a whole check.
    fn memory(&mut self, (input, check): &Read, limit: u64) {
        let what = "krgate check, peak";
        let row = match check {
            Some(figure) => {
                Row::shown("B3", &input.name, what, *figure).at_most_bytes(figure.peak, limit)
            }
            None => Row::not_measured("B3", &input.name, what, "see above"),
        };
        self.rows.push(row);
    }

    /// B4: another reader of the same input.
    fn peer(&mut self, peer: &Peer, largest: &[Read]) -> Outcome<()> {
        if !peer.is_installed()? {
            let row = Row::not_measured("B4", "", peer.name, "not installed");
            self.rows.push(row);
            return Ok(());
        }
        for (place, (input, own)) in largest.iter().enumerate() {
            say(&format!("{}, {}", peer.name, input.name))?;
            // The first is the one with code flows.
            let limits = if place == 0 {
                (2_500, 6_000)
            } else {
                (1_500, 2_000)
            };
            if let Some(figure) = peer.read(input)? {
                self.compare(peer, &input.name, figure, *own, limits);
                continue;
            }
            let name = format!("a tenth of {}", input.name);
            let tenth = self.tenth(place)?;
            let own = match own {
                Some(_) => Some(once(&gate::check(&tenth))?),
                None => None,
            };
            match peer.read(&tenth)? {
                Some(figure) => self.compare(peer, &name, figure, own, limits),
                None => self.rows.push(Row::not_measured(
                    "B4",
                    &name,
                    peer.name,
                    "took over a minute",
                )),
            }
        }
        Ok(())
    }

    /// A tenth of one of the three largest inputs, in a folder of its own.
    fn tenth(&self, place: usize) -> io::Result<Input> {
        let folder = self.inputs.folder.join("tenth");
        std::fs::create_dir_all(&folder)?;
        let divisor = self.inputs.divisor * 10;
        let inputs = Inputs { folder, divisor };
        match place {
            0 => inputs.codeql(),
            1 => inputs.trivy(),
            _ => inputs.semgrep(),
        }
    }

    fn compare(
        &mut self,
        peer: &Peer,
        input: &str,
        figure: Figure,
        own: Option<Figure>,
        (faster, leaner): (u64, u64),
    ) {
        if let Some(code @ 1..) = figure.code {
            let why = format!("exited with {code}");
            let row = Row::not_measured("B4", input, peer.name, &why);
            self.rows.push(row);
            return;
        }
        let row = Row::shown("B4", input, peer.name, figure);
        let Some(own) = own else {
            self.rows.push(row);
            return;
        };
        let time = ratio(figure.cpu.as_nanos(), own.cpu.as_nanos());
        let memory = ratio(u128::from(figure.peak), u128::from(own.peak));
        let second = Row::shown("B4", input, &format!("{}, peak", peer.name), figure);
        if peer.in_budget {
            self.rows.push(row.at_least(time, faster, " faster"));
            self.rows.push(second.at_least(memory, leaner, " leaner"));
        } else {
            self.rows.push(row.against(time));
            self.rows.push(second.against(memory));
        }
    }

    /// B5: a check of a small report against a program that does nothing.
    fn start_up(&mut self) -> Outcome<()> {
        let input = self.inputs.tiny()?;
        say(&input.name)?;
        let run = gate::check(&input);
        let (mut nothing, mut checks) = (Vec::new(), Vec::new());
        for _ in 0..self.many_rounds {
            nothing.push(empty_program(&input.folder)?);
            checks.push(once(&run)?);
        }
        let nothing = least(&nothing)?;
        let row = Row::shown("B5", "", "empty Rust program", nothing);
        self.rows.push(row);
        match gate::judged(least(&checks)?) {
            Ok(check) => {
                let cpu = ratio(check.cpu.as_nanos(), nothing.cpu.as_nanos());
                let wall = ratio(check.wall.as_nanos(), nothing.wall.as_nanos());
                let row = |what| Row::shown("B5", &input.name, what, check);
                let by_cpu = row("krgate check, CPU").at_most(cpu, 300, " empty");
                let by_wall = row("krgate check, wall").at_most(wall, 300, " empty");
                self.rows.extend([by_cpu, by_wall]);
            }
            Err(why) => {
                let row = Row::not_measured("B5", &input.name, "krgate check", &why);
                self.rows.push(row);
            }
        }
        let counts = gate::threads_and_sockets(&input)?;
        let rows = ["threads started", "sockets opened"];
        for (place, what) in rows.into_iter().enumerate() {
            self.rows.push(match &counts {
                Ok((threads, sockets)) => {
                    let count = if place == 0 { *threads } else { *sockets };
                    Row::not_measured("B5", &input.name, what, "").none_of(count)
                }
                Err(why) => Row::not_measured("B5", &input.name, what, why),
            });
        }
        Ok(())
    }

    /// B6: what one more result costs, few and many. The same report without results is
    /// taken off, so that start-up and rules do not hide a curve.
    fn linearity(&mut self) -> Outcome<()> {
        let (few, many) = (2_500, 100_000 / self.inputs.divisor);
        let what = "krgate check, a result";
        let mut costs = Vec::new();
        let none = self.inputs.linear(0)?;
        for results in [few, many] {
            let input = self.inputs.linear(results)?;
            say(&input.name)?;
            if let Err(why) = gate::sees_all(&input)? {
                let row = Row::not_measured("B6", &input.name, what, &why);
                self.rows.push(row);
                return Ok(());
            }
            let rounds = if results == few {
                self.many_rounds
            } else {
                self.rounds
            };
            let (mut bare, mut full) = (Vec::new(), Vec::new());
            for _ in 0..rounds {
                bare.push(once(&gate::check(&none))?);
                full.push(once(&gate::check(&input))?);
            }
            let (bare, full) = (least(&bare)?, least(&full)?);
            let cost = full.cpu.saturating_sub(bare.cpu).as_nanos();
            costs.push((input, full, cost, results));
        }
        let [(short, first, low, _), (long, second, high, _)] = costs.as_slice() else {
            return Ok(());
        };
        // high / many against low / few, in whole numbers.
        let times = ratio(high * u128::from(few), low * u128::from(many));
        let row = Row::shown("B6", &short.name, what, *first);
        self.rows.push(row);
        let row = Row::shown("B6", &long.name, what, *second);
        self.rows.push(row.at_most(times, 110, " of the few"));
        Ok(())
    }

    /// B8: the trend of a key result over two years, the first look and every later one.
    fn ledger(&mut self) -> Outcome<()> {
        say("a ledger of two years")?;
        let years = Years::new(&self.inputs.folder, 100_000 / self.inputs.divisor)?;
        let name = format!("{} records, {} MB", years.records, years.bytes / 1_000_000);
        let (mut first, mut later) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds.min(3) {
            years.forget()?;
            first.push(years.trend()?);
        }
        for _ in 0..self.many_rounds {
            later.push(years.trend()?);
        }
        let (first, later) = (least(&first)?, least(&later)?);
        // Bytes a microsecond are megabytes a second.
        let speed = ratio(u128::from(years.bytes), first.cpu.as_micros());
        let row = Row::shown("B8", &name, "first trend, no cache", first);
        self.rows.push(row.at_least(speed, 10_000, " MB/s"));
        let time = u64::try_from(later.cpu.as_micros() / 10)?;
        let row = Row::shown("B8", &name, "trend from the cache, CPU", later);
        self.rows.push(row.at_most(time, 1_500, " ms"));
        Ok(())
    }

    /// B9: as many findings as the longest of B6 against a baseline of as many.
    fn matching(&mut self) -> Outcome<()> {
        let input = self.inputs.linear(100_000 / self.inputs.divisor)?;
        say(&format!("a baseline, {}", input.name))?;
        let paths = input.paths();
        let report = paths.first().ok_or("no report was written")?;
        let (figure, findings) = matching::against_itself(report, self.many_rounds)?;
        let what = format!("matching {findings} with a baseline of as many");
        let time = u64::try_from(figure.cpu.as_micros() / 10)?;
        let row = Row::shown("B9", &input.name, &what, figure);
        let row = row.at_most(time, 6_000 / self.inputs.divisor, " ms");
        self.rows.push(row);
        Ok(())
    }
}

fn least(figures: &[Figure]) -> Outcome<Figure> {
    let least = figures.iter().copied().reduce(Figure::least);
    Ok(least.ok_or("nothing was run")?)
}

/// Progress, on standard error.
fn say(what: &str) -> io::Result<()> {
    writeln!(io::stderr().lock(), "measuring {what}")
}
