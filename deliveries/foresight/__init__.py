"""What would happen: a trial of one alert, the impact of a change, what a silence covers, what is odd about the rules."""
