# gstat's side of a comparison: Rscript peers.R <what> <samples.csv> <cells.csv>
suppressMessages({ library(sp); library(gstat) })
arguments <- commandArgs(trailingOnly = TRUE)
d <- read.csv(arguments[2]); q <- read.csv(arguments[3])
coordinates(d) <- ~x + y; coordinates(q) <- ~x + y
model <- vgm(0.9, "Sph", 200, 0.1)
quiet <- function(work) invisible(capture.output(force(work)))
start <- proc.time()[["elapsed"]]
if (arguments[1] == "kriging") quiet(krige(z ~ 1, d, q, model, nmax = 32))
if (arguments[1] == "global") quiet(krige(z ~ 1, d, q, model))
if (arguments[1] == "inverse_distance") quiet(idw(z ~ 1, d, q, nmax = 16, idp = 2))
if (arguments[1] == "variogram") quiet(variogram(z ~ 1, d))
seconds <- proc.time()[["elapsed"]] - start
cat(sprintf('{"seconds": %.6f, "units": %d}\n', seconds, length(q)))
