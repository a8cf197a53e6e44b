"""What prepare promises, on one evening, one summer's day and one winter's, written out by hand."""

import io
import unittest

import pandas as pd

from delay_service.prepare import prepare

FLIGHTS = """\
flight,time,origin,dest,carrier,distance,dep_delay
F90,2013-07-01T21:59,JFK,LAX,AA,2475,31
F17,2013-01-15T18:00,EWR,ORD,UA,719,30
F45,2013-07-01T21:00,LGA,ATL,DL,762,0
F44,2013-01-15T18:00,JFK,SFO,B6,2586,-9
F03,2013-01-15T18:00,EWR,BOS,UA,200,
F88,2013-01-15T17:59,EWR,ORD,UA,719,29
F02,2013-01-15T18:00,EWR,MIA,AA,1085,200
F71,2013-01-15T19:46,EWR,MIA,AA,1085,5
F52,2013-01-15T20:15,EWR,MIA,AA,1085,46
"""
WEATHER = """\
origin,hour_utc,temp,wind_speed,precip,visib
EWR,2013-01-15T17:00Z,11,1,0.01,1
EWR,2013-01-15T18:00Z,12,2,0.02,2
EWR,2013-01-15T22:00Z,13,3,0.03,3
EWR,2013-01-15T23:00Z,14,4,0.04,4
EWR,2013-01-15T01:00Z,15,5,0.05,5
EWR,2013-01-16T00:00Z,,6,0.06,6
EWR,2013-01-16T02:00Z,17,7,0.07,7
EWR,2013-01-15T20:00Z,17,7,0.07,7
JFK,2013-01-15T23:00Z,18,8,0.08,8
LGA,2013-01-15T23:00Z,19,9,0.09,9
LGA,2013-07-01T21:00Z,21,1,0.11,1
LGA,2013-07-02T01:00Z,22,2,0.12,2
JFK,2013-07-02T01:00Z,23,3,,3
JFK,2013-07-02T02:00Z,24,4,0.14,4
JFK,2013-07-01T01:00Z,25,5,0.15,5
LGA,2013-07-02T02:00Z,26,6,0.16,6
"""
PREPARED = """\
flight,time,origin,dest,carrier,distance,temp,wind_speed,precip,visib,late
F88,2013-01-15T17:59,EWR,ORD,UA,719,13,3,0.03,3,0
F17,2013-01-15T18:00,EWR,ORD,UA,719,14,4,0.04,4,0
F44,2013-01-15T18:00,JFK,SFO,B6,2586,18,8,0.08,8,0
F02,2013-01-15T18:00,EWR,MIA,AA,1085,14,4,0.04,4,1
F71,2013-01-15T19:46,EWR,MIA,AA,1085,,6,0.06,6,0
F52,2013-01-15T20:15,EWR,MIA,AA,1085,,,,,1
F45,2013-07-01T21:00,LGA,ATL,DL,762,22,2,0.12,2,0
F90,2013-07-01T21:59,JFK,LAX,AA,2475,23,3,,3,1
"""


def table(text):
    return pd.read_csv(io.StringIO(text))


class Prepared(unittest.TestCase):
    def setUp(self):
        self.flights, self.weather = table(FLIGHTS), table(WEATHER)

    def test_the_table_is_the_one_written_out(self):
        prepared = prepare(self.flights, self.weather)
        pd.testing.assert_frame_equal(prepared, table(PREPARED), check_dtype=False)

    def test_no_flight_depends_on_the_others(self):
        for place, flight in table(PREPARED).iterrows():
            alone = prepare(self.flights[self.flights["flight"] == flight["flight"]], self.weather)
            expected = table(PREPARED).iloc[[place]].reset_index(drop=True)
            pd.testing.assert_frame_equal(alone, expected, check_dtype=False)

    def test_nothing_that_went_in_has_changed(self):
        prepare(self.flights, self.weather)
        pd.testing.assert_frame_equal(self.flights, table(FLIGHTS))
        pd.testing.assert_frame_equal(self.weather, table(WEATHER))

    def test_weather_said_twice_is_refused(self):
        with self.assertRaises(ValueError):
            prepare(self.flights, pd.concat([self.weather, self.weather.iloc[[3]]]))
