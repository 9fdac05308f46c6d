//! Printing: a table and a JSON line a workload, and at the end how each figure grows with the
//! size.

use crate::results::{Case, Entry, Metric, Results, Summary};
use crate::subject::Kind;

/// Prints a workload's table: a block a case, a row a server. `(×…)` is the project's server's
/// figure over this row's.
pub fn print_table(results: &Results) {
    println!("\n{}", results.title);
    print!("{:>8} {:12} {:9}", results.size_unit, "", "");
    for metric in results.metrics {
        print!(" {:>20}", metric.heading);
    }
    println!();
    for case in &results.cases {
        for entry in &case.entries {
            print!(
                "{:>8} {:12} {:9}",
                grouped(case.size as f64, 0),
                case.series,
                entry.kind.name()
            );
            for (index, metric) in results.metrics.iter().enumerate() {
                let figure = grouped(entry.figure(index, metric.summary), metric.decimals);
                print!(" {figure:>12} {:7}", ratio_to_server(case, entry, index, metric));
            }
            println!();
        }
    }
}

/// The server's figure over another's, where there are both.
fn ratio_to_server(case: &Case, entry: &Entry, index: usize, metric: &Metric) -> String {
    match case.entry(Kind::Server) {
        Some(server) if entry.kind != Kind::Server && metric.summary != Summary::Aside => {
            let ratio = times(server.ratio(entry, index));
            if ratio.is_empty() { ratio } else { format!("({ratio})") }
        }
        _ => String::new(),
    }
}

/// Prints a workload as one line of JSON, every round's figures with it.
pub fn print_json(results: &Results) {
    let cases: Vec<String> = results.cases.iter().map(|case| json_case(results, case)).collect();
    println!(r#"{{"workload":"{}","cases":[{}]}}"#, results.workload, cases.join(","));
}

fn json_case(results: &Results, case: &Case) -> String {
    let mut fields = vec![
        format!(r#""{}":{}"#, results.size_unit, case.size),
        format!(r#""series":"{}""#, case.series),
    ];
    for entry in &case.entries {
        let metrics: Vec<String> =
            results.metrics.iter().enumerate().map(|(i, m)| json_metric(entry, i, m)).collect();
        fields.push(format!(r#""{}":{{{}}}"#, entry.kind.name(), metrics.join(",")));
    }
    format!("{{{}}}", fields.join(","))
}

fn json_metric(entry: &Entry, index: usize, metric: &Metric) -> String {
    let decimals = metric.decimals + 1;
    let rounds: Vec<String> =
        entry.rounds.iter().map(|figures| format!("{:.decimals$}", figures[index])).collect();
    let figure = entry.figure(index, metric.summary);
    format!(
        r#""{key}":{figure:.decimals$},"{key}_rounds":[{}]"#,
        rounds.join(","),
        key = metric.key
    )
}

/// Prints each of the server's figures over the sizes of its workload, one line a curve, and the
/// floor's beside it. The factor is the last figure over the first.
pub fn print_growth(all: &[Results]) {
    println!("\ngrowth: each figure against the size of its workload");
    for results in all {
        let mut series: Vec<&str> = results.cases.iter().map(|case| case.series).collect();
        series.dedup();
        for series in series {
            let cases: Vec<&Case> =
                results.cases.iter().filter(|case| case.series == series).collect();
            if cases.len() > 1 {
                print_curves(results, series, &cases);
            }
        }
    }
}

fn print_curves(results: &Results, series: &str, cases: &[&Case]) {
    print!("{:40} {:9}", format!("{} {series}", results.workload), results.size_unit);
    for case in cases {
        print!(" {:>11}", grouped(case.size as f64, 0));
    }
    println!(" {:>9}", "last/first");
    for (index, metric) in
        results.metrics.iter().enumerate().filter(|(_, metric)| metric.summary != Summary::Aside)
    {
        for kind in [Kind::Server, Kind::Floor] {
            let entries = cases.iter().filter_map(|case| case.entry(kind));
            let figures: Vec<f64> =
                entries.map(|entry| entry.figure(index, metric.summary)).collect();
            let (Some(first), Some(last)) = (figures.first(), figures.last()) else { continue };
            print!("    {:36} {:9}", metric.heading, kind.name());
            for figure in &figures {
                print!(" {:>11}", grouped(*figure, metric.decimals));
            }
            println!(" {:>9}", times(last / first));
        }
    }
}

/// Writes a ratio; nothing where something was divided by 0.
fn times(ratio: f64) -> String {
    if ratio.is_finite() { format!("×{ratio:.2}") } else { String::new() }
}

/// Writes a number with a comma between thousands.
fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let whole = text.find('.').unwrap_or(text.len());
    let mut grouped = String::new();
    for (position, digit) in text.char_indices() {
        let follows_digit = position > 0
            && position < whole
            && grouped.ends_with(|last: char| last.is_ascii_digit());
        if follows_digit && (whole - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
