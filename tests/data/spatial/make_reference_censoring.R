# Reference figures for summaries of left-censored values.
# Run in this folder:  Rscript make_reference_censoring.R [folder with the NADA2 data as CSV]
# Needs the Debian packages r-base-core and r-cran-survival. Kaplan-Meier and maximum likelihood by
# survival (values turned round, as left-censored times are right-censored ones looked at from the
# other end); regression on order statistics by the formulas of Helsel & Cohn (1988), here in R.
suppressPackageStartupMessages(library(survival))

# Written with 17 digits, so that every double comes back as it was.
save <- function(table, name) {
  text <- as.data.frame(lapply(table, function(column)
    if (is.numeric(column)) trimws(formatC(column, digits = 17, format = "g")) else column))
  write.csv(text, name, row.names = FALSE, quote = FALSE)
}

shares <- c(0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)

ros <- function(x, censored) {
  limits <- sort(unique(x[censored]))
  if (any(x[!censored] < limits[1])) limits <- c(0, limits)
  m <- length(limits)
  above <- below <- exceeds <- numeric(m + 1)
  for (j in m:1) {
    upper <- if (j < m) limits[j + 1] else Inf
    above[j] <- sum(!censored & x >= limits[j] & x < upper)
    below[j] <- sum(censored & x <= limits[j]) + sum(!censored & x < limits[j])
    exceeds[j] <- exceeds[j + 1] + above[j] / (above[j] + below[j]) * (1 - exceeds[j + 1])
  }
  position <- numeric(length(x))
  for (j in 1:m) {
    upper <- if (j < m) limits[j + 1] else Inf
    seen <- which(!censored & x >= limits[j] & x < upper)
    position[seen] <- (1 - exceeds[j]) + (exceeds[j] - exceeds[j + 1]) *
      rank(x[seen], ties.method = "first") / (length(seen) + 1)
    hidden <- which(censored & x == limits[j])
    position[hidden] <- (1 - exceeds[j]) * seq_along(hidden) / (length(hidden) + 1)
  }
  line <- lm(log(x[!censored]) ~ qnorm(position[!censored]))
  filled <- x
  filled[censored] <- exp(coef(line)[1] + coef(line)[2] * qnorm(position[censored]))
  c(mean(filled), sd(filled), quantile(filled, shares))
}

kaplan_meier <- function(x, censored) {
  turn <- max(x) + 1
  curve <- survfit(Surv(turn - x, !censored) ~ 1)
  mean <- turn - summary(curve, rmean = max(turn - x))$table["rmean"]
  c(mean, NA, turn - quantile(curve, 1 - shares, conf.int = FALSE))
}

likelihood <- function(x, censored) {
  fit <- survreg(Surv(x, !censored, type = "left") ~ 1, dist = "lognormal",
                 control = list(rel.tolerance = 1e-14, maxiter = 200))
  m <- unname(coef(fit)); s <- fit$scale
  c(exp(m + s^2 / 2), exp(m + s^2 / 2) * sqrt(exp(s^2) - 1), exp(m + s * qnorm(shares)))
}

rows <- list()
add <- function(set, x, censored) {
  for (method in c("ros", "kaplan_meier", "maximum_likelihood")) {
    figures <- switch(method, ros = ros(x, censored), kaplan_meier = kaplan_meier(x, censored),
                      maximum_likelihood = likelihood(x, censored))
    figures <- ifelse(is.na(figures), -1, figures)
    rows[[length(rows) + 1]] <<- data.frame(set = set, method = method, n = length(x),
      censored = sum(censored), mean = figures[1], sd = figures[2], q05 = figures[3],
      q10 = figures[4], q25 = figures[5], q50 = figures[6], q75 = figures[7], q90 = figures[8],
      q95 = figures[9], row.names = NULL)
  }
}

# Our own values: a formula, not a random generator, so any R gives the same; limits 1, 2.5 and 6.
i <- 1:80
x <- round(exp(1 + 0.9 * qnorm((i * 0.6180339887498949) %% 1)), 2)
limit <- c(1, 2.5, 6)[1 + (i %% 7 == 0) + (i %% 5 < 2)]
censored <- x < limit
own <- data.frame(value = ifelse(censored, limit, x), censored = as.integer(censored))
save(own, "censored.csv")
add("own", own$value, censored)

folder <- commandArgs(trailingOnly = TRUE)
if (length(folder)) {
  sets <- list(ShePyrene = c("Pyrene", "PyreneCen"), CuZn = c("Zn", "ZnCen"),
               PbHeron = c("Liver", "LiverCen"), Cadmium = c("Cd", "CdCen"),
               TCEReg = c("TCEConc", "TCECen"), atrazine = c("June", "JuneCen"))
  for (set in names(sets)) {
    table <- read.csv(file.path(folder, paste0(set, ".csv")))
    value <- table[[sets[[set]][1]]]
    is_censored <- as.logical(table[[sets[[set]][2]]])
    known <- !is.na(value) & !is.na(is_censored)
    add(set, value[known], is_censored[known])
  }
}
save(do.call(rbind, rows), "censored_summaries.csv")
