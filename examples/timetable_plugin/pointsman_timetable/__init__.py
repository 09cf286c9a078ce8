"""An example of a plug-in for pointsman: a timetable as a provider and as a tool."""
