# %% after setup
import duckdb

desk = duckdb.connect()
desk.execute("set threads = 2")
desk.execute("create macro tidy(x) as nullif(nullif(upper(trim(x)), ''), 'N/A')")
desk.execute("create macro as_number(x) as nullif(nullif(nullif(x, ''), 'N/A')::double, -999)")
desk.execute("create macro minute(x) as (as_number(x)::int // 100 * 60 + as_number(x)::int % 100) % 1440")
desk.execute("create macro day(x) as coalesce(try_strptime(x, '%Y-%m-%d'), try_strptime(x, '%d/%m/%Y'), try_strptime(x, '%d %b %Y'))")

# %% clean
def clean(export, stations):
    if lacking := [name for name in EXPORT if name not in export]:
        raise ValueError(f"no column {lacking}")
    lines = export[EXPORT].reset_index(drop=True).assign(place=range(len(export)))
    units = stations
    found = desk.sql("""
        with typed as (
            select record::bigint as record, day(date) as date, tidy(carrier) as carrier, flight::bigint as flight,
                tidy(origin) as origin, tidy(dest) as dest, tidy(tailnum) as tailnum,
                minute(sched_dep) as sched_minute, minute(dep_time) as dep_minute,
                case when as_number(lines.dep_delay) between -60 and 1440 then as_number(lines.dep_delay) end as dep_delay,
                dep_time = '' and lines.dep_delay = '' as cancelled,
                as_number(temp) as temp, as_number(lines.wind) as wind, as_number(pressure) as pressure_hpa, place
            from lines
        )
        select typed.* exclude (temp, wind),
            if(units.temperature = 'F', (temp - 32) * 5 / 9, temp) as temp_c,
            if(units.wind = 'mph', typed.wind * 1609.344 / 1852, typed.wind) as wind_kt
        from typed left join units on origin = station
        qualify row_number() over (partition by date, carrier, flight, origin order by place) = 1
        order by place
    """).df()
    return found[list(COLUMNS)].astype(COLUMNS)
